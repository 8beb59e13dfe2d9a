import { useEffect, useRef, useState } from 'react';
import { asProblem, type Problem } from '../../api/problem';
import type { SubmissionType } from '../../api/types';
import { uploadFile, type Upload } from '../../api/upload';

export interface Sending { share: number | null; problem: Problem | null; send: (file: File, notes: string | null) => void; cancel: () => void }

/** One upload at a time: `share` is null when nothing is under way, else 0..1 of the bytes that have left. */
export function useSend(type: SubmissionType, onSent: (id: string) => void): Sending {
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const upload = useRef<Upload | null>(null);
  useEffect(() => () => upload.current?.cancel(), []);

  const send = (file: File, notes: string | null) => {
    if (upload.current) return;
    setProblem(null);
    setShare(0);
    upload.current = uploadFile(type, file, notes, setShare);
    upload.current.done.then(
      (answer) => { upload.current = null; onSent(answer.id); },
      (error: unknown) => { upload.current = null; setShare(null); setProblem(asProblem(error)); },
    );
  };
  return { share, problem, send, cancel: () => upload.current?.cancel() };
}
