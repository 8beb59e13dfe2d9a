import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { consents } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import type { Consent } from '../../api/types';
import { useResource } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import classes from '../../components/consents/Consents.module.css';
import { Card, Note, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Chip } from '../../components/StatusChip';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';

type Length = 'none' | 'month' | 'half' | 'year';
const days: Record<Length, number | null> = { none: null, month: 30, half: 182, year: 365 };
const endOf = (length: Length) => (days[length] === null ? null : new Date(Date.now() + days[length] * 86_400_000).toISOString());

function History({ consent }: { consent: Consent }) {
  const t = useTexts();
  const { name } = t.consents.kinds[consent.type];
  return (
    <details className={classes.history}>
      <summary aria-label={t.consents.historyOf(name)}>{t.consents.history} ({consent.history.length})</summary>
      {consent.history.length === 0 && <p className={classes.soft}>{t.consents.historyEmpty}</p>}
      <ul className={classes.events}>
        {consent.history.map((event) => (
          <li key={event.at}>
            <span>
              {!event.granted ? t.consents.tookBack : event.expires_at ? t.consents.gaveUntil(formatWhen(event.expires_at, t)) : t.consents.gave}
              , {t.consents.sources[event.source]}
            </span>
            <time dateTime={event.at}>{formatWhen(event.at, t)}</time>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Withdrawing is one click, like allowing; what it does stands above the button, not behind a question. */
function One({ consent, busy, change }: { consent: Consent; busy: boolean; change: (granted: boolean, expiresAt: string | null) => void }) {
  const t = useTexts();
  const [length, setLength] = useState<Length>('none');
  const kind = t.consents.kinds[consent.type];
  const mayAllow = !consent.granted || consent.notice !== null;
  return (
    <Card label={kind.name}>
      <div className={classes.top}>
        <h2 className={classes.name}>{kind.name}</h2>
        <Chip tone={consent.granted ? 'good' : 'plain'} icon={consent.granted ? 'check' : 'cross'} label={t.consents.states[consent.state]} />
      </div>
      <p className={classes.text}>{kind.allows}</p>
      {consent.since && (
        <dl className={classes.facts}>
          <dt>{t.consents.since}</dt><dd>{formatWhen(consent.since, t)}</dd>
          {consent.granted && <><dt>{t.consents.until}</dt><dd>{consent.expires_at ? formatWhen(consent.expires_at, t) : t.consents.noEnd}</dd></>}
        </dl>
      )}
      {consent.notice && <div className={classes.note}><Note tone="mark" icon="clock" title={t.consents.notices[consent.notice]} /></div>}
      {consent.granted && <p className={classes.soft}>{t.consents.ifYouWithdraw}{kind.stops}</p>}
      <div className={classes.act}>
        {mayAllow && (
          <>
            <NativeSelect
              label={t.consents.howLong} aria-label={`${t.consents.howLong}: ${kind.name}`} value={length} onChange={(event) => setLength(event.currentTarget.value as Length)}
              data={(Object.keys(days) as Length[]).map((value) => ({ value, label: t.consents.lengths[value] }))}
            />
            <Button loading={busy} onClick={() => change(true, endOf(length))} aria-label={t.consents.allowOf(kind.name)}>
              {consent.granted ? t.consents.allowAgain : t.consents.allow}
            </Button>
          </>
        )}
        {consent.granted && (
          <Button variant="default" loading={busy} onClick={() => change(false, null)} aria-label={t.consents.withdrawOf(kind.name)}>{t.consents.withdraw}</Button>
        )}
      </div>
      <History consent={consent} />
    </Card>
  );
}

export default function ConsentsPage() {
  const t = useTexts();
  const announce = useAnnounce();
  const list = useResource('consents', (signal) => consents.mine(signal));
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const change = async (consent: Consent, granted: boolean, expiresAt: string | null) => {
    const { name } = t.consents.kinds[consent.type];
    setBusy(consent.type);
    setProblem(null);
    try {
      if (granted) await consents.grant(consent.type, expiresAt);
      else await consents.withdraw(consent.type);
      announce(granted ? t.consents.allowed(name) : t.consents.withdrawn(name));
      list.reload();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(null);
    }
  };

  return (
    <>
      <PageHead title={t.consents.title} lead={t.consents.lead} />
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {problem && <ProblemNote problem={problem} />}
      {!list.data && !list.problem && <RowsSkeleton rows={4} height={210} />}
      {list.data && (
        <>
          <ul className={classes.list}>
            {list.data.consents.map((consent) => (
              <li key={consent.type}>
                <One consent={consent} busy={busy === consent.type} change={(granted, expiresAt) => void change(consent, granted, expiresAt)} />
              </li>
            ))}
          </ul>
          <p className={classes.soft}>{t.consents.noMail}</p>
        </>
      )}
    </>
  );
}
