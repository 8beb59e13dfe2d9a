import { useCallback, useEffect, useState } from 'react';
import { fetchBlob } from '../api/client';
import { asProblem, type Problem } from '../api/problem';

export interface Media { blob: Blob | null; url: string | null; problem: Problem | null; loading: boolean; load: () => void }

/**
 * An original recording or picture as a blob: URL. Fetched only when wanted: each fetch is a look that goes on record.
 */
export function useMedia(path: string, atOnce: boolean): Media {
  const [wanted, setWanted] = useState(atOnce ? 1 : 0);
  const [state, setState] = useState<{ blob: Blob; url: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    if (wanted === 0) return;
    const stop = new AbortController();
    let url: string | null = null;
    setProblem(null);
    fetchBlob(path, stop.signal).then(
      (blob) => {
        if (stop.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setState({ blob, url });
      },
      (error: unknown) => { if (!stop.signal.aborted) setProblem(asProblem(error)); },
    );
    return () => { stop.abort(); if (url) URL.revokeObjectURL(url); };
  }, [path, wanted]);

  const load = useCallback(() => setWanted((n) => n + 1), []);
  return { blob: state?.blob ?? null, url: state?.url ?? null, problem, loading: wanted > 0 && !state && !problem, load };
}

/** Saves a blob under a name, as a click on a download link would. */
export function saveBlob(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}

const endings: Record<string, string> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp', 'image/heic': 'heic', 'image/tiff': 'tif',
  'application/pdf': 'pdf', 'audio/wav': 'wav', 'audio/x-wav': 'wav', 'audio/flac': 'flac', 'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a', 'audio/aac': 'aac', 'audio/ogg': 'ogg', 'audio/webm': 'webm',
};
export const fileNameFor = (id: string, mediaType: string) =>
  `medscribe-${id.slice(0, 8)}.${endings[mediaType.split(';')[0]?.trim() ?? ''] ?? 'bin'}`;
