import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { HistoryEntry, Submission } from '../../api/types';
import { submissions } from '../../api/endpoints';
import { useResource } from '../../api/useResource';
import { Link, useRouter } from '../../app/router';
import { useUser } from '../../app/session';
import { Note } from '../../components/Page';
import { formatWhen } from '../../components/time';
import classes from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';

/** After approving or returning: what happened, and the one that has waited longest. */
export function NextCard({ outcome, who }: { outcome: 'approved' | 'returned'; who: string }) {
  const t = useTexts();
  const { go } = useRouter();
  const drafts = useResource('next', (signal) => submissions.list({ scope: 'clinic', status: 'draft', order: 'oldest', limit: 1 }, signal));
  const next = drafts.data?.results[0];
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => { card.current?.focus(); card.current?.scrollIntoView({ block: 'nearest' }); }, []);
  return (
    <div ref={card} tabIndex={-1} role="status" className={classes.next}>
      <Note tone="good" icon="check" title={outcome === 'approved' ? t.doctor.approvedDone(who) : t.doctor.returnedDone(who)}>
        <div className={classes.nextActions}>
          {next && <Button onClick={() => go(`/review/${next.id}`)}>{t.doctor.next}</Button>}
          <Link href="/" className="plain-link">{t.doctor.keys.queue}</Link>
        </div>
      </Note>
    </div>
  );
}

export function HistoryList({ item }: { item: Submission }) {
  const t = useTexts();
  const me = useUser();
  const engine = item.evidence?.draft.engine;
  const nameOf = ({ by, by_name: name }: HistoryEntry) =>
    by === null ? t.doctor.machine : by === me.id ? t.doctor.you : name ?? (by === item.user_id ? t.doctor.patient : t.doctor.colleague);
  return (
    <details className={classes.history}>
      <summary>{t.doctor.history}</summary>
      <ol>
        {item.history?.map((entry) => (
          <li key={`${entry.version} ${entry.at}`}>
            <strong>{t.doctor.states[entry.status]}</strong> {t.doctor.historyBy(nameOf(entry))}
            <span>{t.doctor.version(entry.version)}, {formatWhen(entry.at, t)}</span>
          </li>
        ))}
      </ol>
      {engine && <p>{t.doctor.madeBy(engine.name, engine.version)}</p>}
    </details>
  );
}
