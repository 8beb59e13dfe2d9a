import { Button, Progress, Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { consultations, useConsultationLive, type Consultation } from '../../api/notes';
import { asProblem, type Problem } from '../../api/problem';
import { useResource } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import { withoutGuards } from '../../app/guards';
import { Link } from '../../app/router';
import { Icon } from '../../components/Icon';
import { Card, Note, PageHead, ProblemNote } from '../../components/Page';
import { RecordingStation } from '../../components/recorder/Station';
import { Ago } from '../../components/time';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { ConsultationChip } from './Chips';
import classes from './Consultations.module.css';
import { VisitBench } from './VisitBench';

const MAX_MINUTES = 110;

/** Nothing recorded yet, or nothing that could be heard: the recorder. */
function Recording({ item, reload }: { item: Consultation; reload: () => void }) {
  return (
    <RecordingStation
      maxMinutes={MAX_MINUTES} sendLabel={useTexts().notes.send} send={consultations.send(item.id)} onSent={() => withoutGuards(reload)}
    />
  );
}

function UnderWay({ item, reload }: { item: Consultation; reload: () => void }) {
  const t = useTexts();
  const announce = useAnnounce();
  const live = useConsultationLive(item.id, item.status);
  const status = live?.status ?? item.status;
  const ended = status === 'ready' || status === 'failed';
  useEffect(() => { if (ended) { announce(t.notes.states[status]); reload(); } }, [ended, status, announce, reload, t]);
  const listening = status === 'processing';
  const percent = listening ? Math.max(0, Math.min(100, live?.percent ?? item.percent ?? 0)) : 0;
  return (
    <Card>
      <h2 className={classes.cardTitle}>{listening ? t.notes.processingTitle : t.notes.queuedTitle}</h2>
      <p role="status" className={classes.soft}>
        {listening ? t.notes.stages[live?.stage ?? item.stage ?? ''] ?? t.notes.stageOther : t.notes.queuedBody}
      </p>
      <Progress.Root size={14} radius={7} mt={18}>
        <Progress.Section color="var(--brand)" value={percent} aria-label={t.notes.processingTitle} />
      </Progress.Root>
      <p className={`${classes.percent} tabular`}>{listening ? `${Math.round(percent)} %` : '\u00a0'}</p>
      <p className={classes.soft}>{t.notes.youCanLeave}</p>
    </Card>
  );
}

function Failed({ item, reload }: { item: Consultation; reload: () => void }) {
  const t = useTexts();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const again = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await consultations.transcribe(item.id);
      reload();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Note tone="bad" icon="alert" title={t.notes.failedTitle}>
        <p>{t.notes.reasons[item.reason ?? ''] ?? t.notes.reasonOther}</p>
        {item.media && <Button mt="sm" variant="default" loading={busy} onClick={() => void again()}>{t.notes.failedAgain}</Button>}
      </Note>
      {problem && <ProblemNote problem={problem} />}
      <h2 className={classes.cardTitle}>{t.notes.failedRecord}</h2>
      <Recording item={item} reload={reload} />
    </>
  );
}

function Loaded({ item, reload }: { item: Consultation; reload: () => void }) {
  const t = useTexts();
  if (item.status === 'ready' && !item.consent_missing) return <VisitBench item={item} reload={reload} />;
  return (
    <>
      <PageHead
        title={item.patient_name ?? t.notes.unnamed}
        lead={<span className={classes.meta}>{item.title ?? t.notes.untitled} · <Ago iso={item.created_at} /> {(item.consent_missing || item.status === 'open' || item.status === 'failed') && <ConsultationChip status={item.status} />}</span>}
      />
      <div className={classes.stack}>
        {item.consent_missing && <Note tone="mark" icon="alert" title={t.notes.closedTitle}><p>{t.notes.closedBody}</p></Note>}
        {item.status === 'open' && (
          <>
            <div><h2 className={classes.cardTitle}>{t.notes.recordTitle}</h2><p className={classes.soft}>{t.notes.recordLead}</p></div>
            <Recording item={item} reload={reload} />
          </>
        )}
        {!item.consent_missing && (item.status === 'queued' || item.status === 'processing') && <UnderWay item={item} reload={reload} />}
        {item.status === 'integrity_error' && <Note tone="bad" icon="shield" title={t.problems.codes.integrity_error} alert />}
        {item.status === 'failed' && <Failed item={item} reload={reload} />}
      </div>
    </>
  );
}

export function ConsultationPage({ id }: { id: string }) {
  const t = useTexts();
  const item = useResource(`consultation ${id}`, (signal) => consultations.open(id, signal));
  return (
    <>
      <Link href="/consultations" className={bench.back}><Icon name="chevronLeft" size={20} />{t.notes.back}</Link>
      {item.data ? <Loaded item={item.data} reload={item.reload} />
        : item.problem ? (
          <>
            <PageHead title={t.problems.loadTitle} />
            <ProblemNote problem={item.problem} onRetry={item.reload} />
          </>
        ) : (
          <div role="status" aria-label={t.common.loading}>
            <Skeleton height={40} width={260} mb={10} /><Skeleton height={24} width={320} mb={26} />
            <div className={bench.columns}><Skeleton height={620} radius={16} /><Skeleton height={620} radius={16} /></div>
          </div>
        )}
    </>
  );
}
