import { useEffect, useRef, useState } from 'react';
import { BASE, reportSignedOut, restoreSession } from './client';
import { submissions } from './endpoints';
import type { Status } from './types';

/** The state of something that a machine works on. */
export interface Live<S extends string> {
  status: S;
  version: number;
  percent?: number | null;
  stage?: string | null;
  position?: number | null;
}

const POLL_MS = 20_000;

function parse<S extends string>(text: string): Live<S> | null {
  try {
    const value = JSON.parse(text) as Live<S>;
    return typeof value.status === 'string' ? value : null;
  } catch {
    return null;
  }
}

/**
 * Live state of one item. The server's events as long as they come; when the stream has been closed although the item is
 * not at its end (a draft may wait for hours), a slow look at the list, which carries no text.
 */
export function useLive<S extends string>(
  path: string, status: S, ended: (status: S) => boolean, look: () => Promise<Live<S> | null>, idle?: (status: S) => boolean,
): Live<S> | null {
  const [event, setEvent] = useState<Live<S> | null>(null);
  const present = useRef({ ended, look, idle });
  useEffect(() => { present.current = { ended, look, idle }; });

  useEffect(() => {
    if (present.current.ended(status)) return;
    let latest: S = status;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource(BASE + path);

    const take = (next: Live<S>) => {
      latest = next.status;
      setEvent(next);
      if (present.current.ended(next.status)) { source.close(); stopped = true; }
    };

    const poll = () => {
      if (stopped) return;
      timer = setTimeout(async () => {
        const row = document.hidden ? null : await present.current.look().catch(() => null);
        if (row && !stopped) take(row);
        poll();
      }, POLL_MS);
    };

    source.addEventListener('progress', (message) => {
      const next = parse<S>((message as MessageEvent<string>).data);
      if (next) take(next);
    });
    source.onerror = () => {
      if (stopped) return;
      if (present.current.idle?.(latest)) {
        // The stream's natural end: the machine is done, people take over.
        source.close();
        poll();
      } else if (source.readyState === EventSource.CLOSED) {
        void restoreSession().then((answer) => { if (!answer) reportSignedOut(); }).catch(() => {});
        poll();
      }
    };
    return () => { stopped = true; clearTimeout(timer); source.close(); };
  }, [path, status]);

  return event;
}

const submissionEnds = (status: Status) => status === 'approved' || status === 'returned' || status === 'failed';

export const useProgress = (id: string, status: Status) => useLive<Status>(
  submissions.eventsPath(id), status, submissionEnds,
  async () => (await submissions.list({ scope: 'mine', limit: 100 })).results.find((item) => item.id === id) ?? null,
  (latest) => latest === 'draft',
);
