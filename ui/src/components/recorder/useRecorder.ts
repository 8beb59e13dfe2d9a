import { useCallback, useEffect, useRef, useState } from 'react';
import { loudness } from './loudness';

// What was said so far is handed over this often, so that a recorder that breaks loses seconds and not the visit.
const PIECE_MS = 2000;
const wanted = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const endings: Record<string, string> = { 'audio/webm': 'webm', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg' };

export type RecorderState = 'idle' | 'asking' | 'recording' | 'paused' | 'done' | 'denied' | 'no_microphone' | 'unsupported';

export interface Recording { file: File; url: string; ms: number; cutShort: boolean }
export interface Recorder {
  state: RecorderState; ms: number; recording: Recording | null;
  /** The present loudness, 0..1; read it in an animation frame. */
  level: () => number;
  start: () => void; pause: () => void; resume: () => void; finish: () => void; discard: () => void;
}

interface Machine { recorder: MediaRecorder; chunks: Blob[]; cutShort: boolean; stream: MediaStream; context: AudioContext; analyser: AnalyserNode; lock: WakeLockSentinel | null }

const supported = () => typeof MediaRecorder !== 'undefined' && Boolean(navigator.mediaDevices?.getUserMedia);

export function useRecorder(fileName: string, maxMinutes: number): Recorder {
  const [state, setState] = useState<RecorderState>(() => (supported() ? 'idle' : 'unsupported'));
  const [ms, setMs] = useState(0);
  const [recording, setRecording] = useState<Recording | null>(null);
  const machine = useRef<Machine | null>(null);
  const spoken = useRef({ before: 0, since: 0 });
  const buffer = useRef(new Float32Array(1024));
  const alive = useRef(true);

  const elapsed = () => spoken.current.before + (spoken.current.since ? performance.now() - spoken.current.since : 0);

  const release = useCallback(() => {
    const m = machine.current;
    machine.current = null;
    if (!m) return;
    m.stream.getTracks().forEach((track) => track.stop());
    void m.context.close().catch(() => {});
    void m.lock?.release().catch(() => {});
  }, []);

  // Also when the browser stops by itself: what was said until then is kept.
  const stopped = useCallback((m: Machine) => {
    const length = elapsed();
    spoken.current = { before: length, since: 0 };
    const type = (m.recorder.mimeType || 'audio/webm').split(';')[0] ?? 'audio/webm';
    const file = new File(m.chunks, `${fileName}.${endings[type] ?? 'webm'}`, { type });
    const wanted = machine.current === m;
    release();
    if (!alive.current || !wanted) return;
    setMs(length);
    setRecording({ file, url: URL.createObjectURL(file), ms: length, cutShort: m.cutShort });
    setState('done');
  }, [fileName, release]);

  const finish = useCallback((cutShort = false) => {
    const m = machine.current;
    if (!m || m.recorder.state === 'inactive') return;
    m.cutShort = cutShort;
    m.recorder.stop();
  }, []);

  const start = useCallback(async () => {
    setState('asking');
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (error) {
      const missing = error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'OverconstrainedError');
      setState(missing ? 'no_microphone' : 'denied');
      return;
    }
    if (!alive.current) { stream.getTracks().forEach((track) => track.stop()); return; }
    const mimeType = wanted.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: 48_000 });
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const chunks: Blob[] = [];
    recorder.addEventListener('dataavailable', (event) => { if (event.data.size > 0) chunks.push(event.data); });
    const m: Machine = { recorder, chunks, cutShort: false, stream, context, analyser, lock: null };
    machine.current = m;
    recorder.addEventListener('stop', () => stopped(m), { once: true });
    // A phone that falls asleep would stop the recording in the middle of a sentence.
    void navigator.wakeLock?.request('screen').then((lock) => {
      if (machine.current) machine.current.lock = lock; else void lock.release();
    }).catch(() => {});
    // The microphone may be pulled out: keep what was said so far.
    stream.getAudioTracks()[0]?.addEventListener('ended', () => finish());
    recorder.start(PIECE_MS);
    spoken.current = { before: 0, since: performance.now() };
    setMs(0);
    setState('recording');
  }, [finish, stopped]);

  const pause = useCallback(() => {
    machine.current?.recorder.pause();
    spoken.current = { before: elapsed(), since: 0 };
    setState('paused');
  }, []);

  const resume = useCallback(() => {
    machine.current?.recorder.resume();
    spoken.current.since = performance.now();
    setState('recording');
  }, []);

  const discard = useCallback(() => {
    release();
    setRecording(null);
    setMs(0);
    setState('idle');
  }, [release]);

  useEffect(() => {
    if (state !== 'recording') return;
    const timer = setInterval(() => {
      const now = elapsed();
      setMs(now);
      if (now >= maxMinutes * 60_000) finish(true);
    }, 200);
    return () => clearInterval(timer);
  }, [state, finish, maxMinutes]);

  useEffect(() => () => { if (recording) URL.revokeObjectURL(recording.url); }, [recording]);
  useEffect(() => {
    alive.current = true;
    return () => { alive.current = false; release(); };
  }, [release]);

  const level = useCallback(() => {
    const m = machine.current;
    if (!m || m.recorder.state !== 'recording') return 0;
    m.analyser.getFloatTimeDomainData(buffer.current);
    return loudness(buffer.current);
  }, []);

  return { state, ms, recording, level, start: () => void start(), pause, resume, finish: () => finish(), discard };
}
