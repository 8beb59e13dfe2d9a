import { useEffect, useRef, useState } from 'react';
import { asProblem, type Problem } from '../../api/problem';
import type { Upload } from '../../api/upload';

export type SendFile = (file: File, onProgress: (share: number) => void) => Upload;
export interface Sending { share: number | null; problem: Problem | null; send: (file: File) => void; cancel: () => void }

/** One upload at a time: `share` is null when nothing is under way, else 0..1 of the bytes that have left. */
export function useSend(start: SendFile, onSent: (id: string) => void): Sending {
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const upload = useRef<Upload | null>(null);
  useEffect(() => () => upload.current?.cancel(), []);

  const send = (file: File) => {
    if (upload.current) return;
    setProblem(null);
    setShare(0);
    upload.current = start(file, setShare);
    upload.current.done.then(
      (answer) => { upload.current = null; onSent(answer.id); },
      (error: unknown) => { upload.current = null; setShare(null); setProblem(asProblem(error)); },
    );
  };
  return { share, problem, send, cancel: () => upload.current?.cancel() };
}
