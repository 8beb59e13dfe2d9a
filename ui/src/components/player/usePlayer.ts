import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react';

export interface Player {
  audio: RefObject<HTMLAudioElement | null>;
  playing: boolean; ms: number; rate: number;
  toggle: () => void; seek: (ms: number, play?: boolean) => void; skip: (ms: number) => void;
  /** Plays from one time to another and stops there. */
  playSpan: (from: number, to: number) => void;
  setRate: (rate: number) => void;
}

export function usePlayer(ready: boolean): Player {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [ms, setMs] = useState(0);
  const [rate, setRateState] = useState(1);
  const stopAt = useRef<number | null>(null);

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    let frame = 0;
    const tick = () => {
      const now = element.currentTime * 1000;
      setMs(now);
      if (stopAt.current !== null && now >= stopAt.current) element.pause();
      if (!element.paused) frame = requestAnimationFrame(tick);
    };
    const onPlay = () => { setPlaying(true); cancelAnimationFrame(frame); frame = requestAnimationFrame(tick); };
    const onPause = () => { setPlaying(false); stopAt.current = null; };
    const onSeek = () => setMs(element.currentTime * 1000);
    element.addEventListener('play', onPlay);
    element.addEventListener('pause', onPause);
    element.addEventListener('seeked', onSeek);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('play', onPlay);
      element.removeEventListener('pause', onPause);
      element.removeEventListener('seeked', onSeek);
    };
  }, [ready]);

  const play = () => void audio.current?.play().catch(() => {});
  const seek = useCallback((to: number, start = false) => {
    if (!audio.current) return;
    stopAt.current = null;
    audio.current.currentTime = Math.max(0, to / 1000);
    setMs(Math.max(0, to));
    if (start) play();
  }, []);

  return useMemo(() => ({
    audio, playing, ms, rate, seek,
    toggle: () => {
      const element = audio.current;
      if (!element) return;
      stopAt.current = null;
      if (element.paused) play(); else element.pause();
    },
    skip: (by: number) => seek((audio.current?.currentTime ?? 0) * 1000 + by),
    playSpan: (from: number, to: number) => { seek(from, true); stopAt.current = to; },
    setRate: (next: number) => { if (audio.current) audio.current.playbackRate = next; setRateState(next); },
  }), [playing, ms, rate, seek]);
}
