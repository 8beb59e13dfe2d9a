import { Button } from '@mantine/core';
import { useState } from 'react';
import { account } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import type { SessionRow } from '../../api/types';
import { useResource } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import { Link } from '../../app/router';
import { useUser } from '../../app/session';
import { Card, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Chip } from '../../components/StatusChip';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';
import { deviceOf } from './device';
import classes from './Form.module.css';

function Sessions() {
  const t = useTexts();
  const announce = useAnnounce();
  const list = useResource('sessions', (signal) => account.sessions(signal));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState<string | null>(null);

  const end = async (id: string) => {
    setBusy(id);
    setProblem(null);
    try {
      await account.endSession(id);
      announce(t.account.ended);
      list.reload();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(null);
    }
  };
  const nameOf = (row: SessionRow) => {
    const device = deviceOf(row.user_agent);
    return device ? t.account.device(device.browser, device.system) : (row.user_agent ?? t.account.unknownDevice);
  };

  if (list.problem) return <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />;
  if (!list.data) return <RowsSkeleton rows={2} height={72} />;
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <ul className={classes.rows}>
        {list.data.results.map((row) => (
          <li key={row.id} className={classes.row}>
            <div>
              <p className={classes.rowName}>{nameOf(row)} {row.current && <Chip tone="good" icon="check" label={t.account.thisOne} />}</p>
              <p className={classes.choiceHint}>
                {t.account.startedAt(formatWhen(row.created_at, t))}, {t.account.endsAt(formatWhen(row.expires_at, t))}
              </p>
            </div>
            {!row.current && (
              <Button
                variant="default" loading={busy === row.id} onClick={() => void end(row.id)}
                aria-label={t.account.endSessionOf(nameOf(row))}
              >
                {t.account.endSession}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

export default function AccountPage() {
  const t = useTexts();
  const user = useUser();
  return (
    <>
      <PageHead title={t.account.title} />
      <div className={classes.sections}>
        <Card>
          <h2 className={classes.heading}>{t.account.aboutMe}</h2>
          <dl className={classes.facts}>
            <dt>{t.account.username}</dt><dd>{user.username}</dd>
            <dt>{t.account.email}</dt><dd>{user.email}</dd>
            <dt>{t.account.role}</dt><dd>{t.roles[user.user_type]}</dd>
            <dt>{t.account.since}</dt><dd>{formatWhen(user.created_at, t)}</dd>
          </dl>
          <p className={classes.after}><Link className="plain-link" href="/consents">{t.consents.link}</Link></p>
          {user.user_type === 'patient' && <p className={classes.after}><Link className="plain-link" href="/looked">{t.account.lookedLink}</Link></p>}
        </Card>
        <Card>
          <h2 className={classes.heading}>{t.account.sessionsTitle}</h2>
          <p className={classes.soft}>{t.account.sessionsLead}</p>
          <Sessions />
        </Card>
      </div>
    </>
  );
}
