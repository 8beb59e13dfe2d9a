import { useEffect, useState } from 'react';
import { BASE, reportSignedOut, restoreSession } from './client';
import { submissions } from './endpoints';
import type { ProgressEvent, Status } from './types';

const ended: ReadonlySet<Status> = new Set(['approved', 'returned', 'failed']);
const POLL_MS = 20_000;

function parse(text: string): ProgressEvent | null {
  try {
    const value = JSON.parse(text) as ProgressEvent;
    return typeof value.status === 'string' ? value : null;
  } catch {
    return null;
  }
}

/**
 * Live state of one submission. The server's events as long as they come; when the stream has been closed although
 * the submission is not at its end (a draft may wait for hours), a slow look at the list, which carries no text.
 */
export function useProgress(id: string, status: Status): ProgressEvent | null {
  const [event, setEvent] = useState<ProgressEvent | null>(null);

  useEffect(() => {
    if (ended.has(status)) return;
    let latest: Status = status;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource(`${BASE}${submissions.eventsPath(id)}`);

    const take = (next: ProgressEvent) => {
      latest = next.status;
      setEvent(next);
      if (ended.has(next.status)) { source.close(); stopped = true; }
    };

    const poll = () => {
      if (stopped) return;
      timer = setTimeout(async () => {
        if (!document.hidden) {
          const row = await submissions.list({ scope: 'mine', limit: 100 })
            .then((page) => page.results.find((item) => item.id === id))
            .catch(() => undefined);
          if (row && !stopped) {
            take({
              status: row.status, percent: row.percent ?? null, stage: row.stage ?? null,
              position: row.position ?? null, version: row.version,
            });
          }
        }
        poll();
      }, POLL_MS);
    };

    source.addEventListener('progress', (message) => {
      const next = parse((message as MessageEvent<string>).data);
      if (next) take(next);
    });
    source.onerror = () => {
      if (stopped) return;
      if (latest === 'draft') {
        // The stream's natural end: the machine is done, people take over.
        source.close();
        poll();
      } else if (source.readyState === EventSource.CLOSED) {
        void restoreSession().then((answer) => { if (!answer) reportSignedOut(); }).catch(() => {});
        poll();
      }
    };
    return () => { stopped = true; clearTimeout(timer); source.close(); };
  }, [id, status]);

  return event;
}
