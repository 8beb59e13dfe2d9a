import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react';

export interface Player {
  audio: RefObject<HTMLAudioElement | null>;
  playing: boolean; ms: number; rate: number;
  toggle: () => void; seek: (ms: number, play?: boolean) => void; skip: (ms: number) => void;
  /** Plays each piece from one time to another, one after the other, and stops there. */
  playSpans: (spans: readonly [number, number][]) => void;
  setRate: (rate: number) => void;
}

export function usePlayer(ready: boolean): Player {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [ms, setMs] = useState(0);
  const [rate, setRateState] = useState(1);
  const stopAt = useRef<number | null>(null);
  const queue = useRef<[number, number][]>([]);

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    let frame = 0;
    const tick = () => {
      const now = element.currentTime * 1000;
      setMs(now);
      if (stopAt.current !== null && now >= stopAt.current) {
        const next = queue.current.shift();
        if (next) { element.currentTime = next[0] / 1000; stopAt.current = next[1]; } else element.pause();
      }
      if (!element.paused) frame = requestAnimationFrame(tick);
    };
    const onPlay = () => { setPlaying(true); cancelAnimationFrame(frame); frame = requestAnimationFrame(tick); };
    const onPause = () => { setPlaying(false); stopAt.current = null; queue.current = []; };
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
    queue.current = [];
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
    playSpans: (spans: readonly [number, number][]) => {
      const [first, ...rest] = spans;
      if (!first) return;
      seek(first[0], true);
      stopAt.current = first[1];
      queue.current = rest.map((one) => [...one]);
    },
    setRate: (next: number) => { if (audio.current) audio.current.playbackRate = next; setRateState(next); },
  }), [playing, ms, rate, seek]);
}
