import { Progress, Skeleton } from '@mantine/core';
import { useEffect } from 'react';
import { submissions } from '../../api/endpoints';
import { useProgress } from '../../api/events';
import type { Status, Submission } from '../../api/types';
import { useResource } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import { Link } from '../../app/router';
import { Icon } from '../../components/Icon';
import { Card, Note, PageHead, ProblemNote } from '../../components/Page';
import { Ago } from '../../components/time';
import { useTexts } from '../../texts';
import { answerLink } from './answering';
import { BackHome } from './BackHome';
import { Instructions } from './Instructions';
import { Original } from './Original';
import classes from './Sent.module.css';
import { Steps } from './Steps';

function UnderWay({ item, status, percent, stage, position }: {
  item: Submission; status: Status; percent: number | null; stage: string | null; position: number | null;
}) {
  const t = useTexts();
  if (status === 'draft') {
    return (
      <Card>
        <h2 className={classes.h2}>{t.patient.draftTitle}</h2>
        <p className={classes.text}>{t.patient.draftBody}</p>
      </Card>
    );
  }
  if (status === 'queued' && item.reason === 'waiting_for_consent') {
    return (
      <Card className={classes.attention}>
        <h2 className={classes.h2}><Icon name="question" size={28} />{t.consents.waitingTitle}</h2>
        <p className={classes.text}>{t.consents.waitingBody}</p>
        <div className={classes.actions}><Link href="/consents" className={classes.primary}>{t.consents.soonLink}</Link></div>
      </Card>
    );
  }
  const reading = status === 'processing';
  const value = reading ? Math.max(0, Math.min(100, percent ?? 0)) : 0;
  const label = reading ? (t.patient.stages[stage ?? ''] ?? t.patient.stageOther) : t.patient.queuedBody(position);
  return (
    <Card>
      <h2 className={classes.h2}>{reading ? t.patient.processingTitle : t.patient.queuedTitle}</h2>
      <p className={classes.text} role="status">{label}</p>
      <Progress.Root size={14} radius={7} mt={18} key={item.id}>
        <Progress.Section color="var(--brand)" value={value} aria-label={t.patient.processingTitle} />
      </Progress.Root>
      <p className={`${classes.percent} tabular`}>{reading ? `${Math.round(value)} %` : '\u00a0'}</p>
      <p className={classes.soft}>{t.patient.processingBody}</p>
    </Card>
  );
}

function Again({ item }: { item: Submission }) {
  const t = useTexts();
  const audio = item.type === 'audio';
  const links = item.status === 'returned'
    ? [{ href: answerLink('voice', item.id), icon: 'mic' as const, label: t.patient.answerVoice },
      { href: answerLink('photo', item.id), icon: 'camera' as const, label: t.patient.answerPhoto }]
    : [{ href: audio ? '/new/voice' : '/new/photo', icon: audio ? 'mic' as const : 'camera' as const,
      label: audio ? t.patient.failedAgainAudio : t.patient.failedAgainPhoto }];
  return (
    <div className={classes.actions}>
      {links.map((link, i) => (
        <Link key={link.href} href={link.href} className={i === 0 ? classes.primary : classes.secondary}>
          <Icon name={link.icon} />{link.label}
        </Link>
      ))}
    </div>
  );
}

function Body({ item, status, live }: { item: Submission; status: Status; live: ReturnType<typeof useProgress> }) {
  const t = useTexts();
  switch (status) {
    case 'approved': return item.status === 'approved' ? <Instructions item={item} /> : <Skeleton height={260} radius={16} />;
    case 'returned':
      return (
        <Card className={classes.attention}>
          <h2 className={classes.h2}><Icon name="question" size={28} />{t.patient.returnedTitle}</h2>
          {item.question && <blockquote className={classes.question}>{item.question}</blockquote>}
          <p className={classes.text}>{t.patient.returnedBody}</p>
          <Again item={{ ...item, status }} />
        </Card>
      );
    case 'failed': {
      const reason = t.patient.reasons[item.reason ?? ''] ?? t.patient.reasonOther;
      return (
        <Card>
          <h2 className={classes.h2}><Icon name="alert" size={28} />{reason.title}</h2>
          <p className={classes.text}>{reason.body}</p>
          <Again item={{ ...item, status }} />
        </Card>
      );
    }
    default:
      return (
        <UnderWay
          item={item} status={status} percent={live?.percent ?? null} stage={live?.stage ?? null}
          position={live?.position ?? null}
        />
      );
  }
}

function Loaded({ item, reload }: { item: Submission; reload: () => void }) {
  const t = useTexts();
  const announce = useAnnounce();
  const live = useProgress(item.id, item.status);
  const status = live && live.version >= item.version ? live.status : item.status;
  const behind = status !== item.status;

  useEffect(() => {
    if (!behind) return;
    if (status !== 'processing') announce(t.patient.states[status]);
    reload();
  }, [behind, status, announce, reload, t]);

  return (
    <>
      <PageHead
        title={status === 'approved' ? (item.type === 'audio' ? t.patient.readyTitleAudio : t.patient.readyTitle) : t.kinds[item.type]}
        lead={<Ago iso={item.created_at} />}
      />
      <div className={classes.stack}>
        <Steps status={status} />
        <Body item={item} status={status} live={live} />
        <Original item={item} />
        {status !== 'approved' && <Note tone="plain" icon="alert">{<p>{t.patient.safety}</p>}</Note>}
      </div>
    </>
  );
}

export function SentPage({ id }: { id: string }) {
  const t = useTexts();
  const item = useResource(`sent ${id}`, async (signal) => (await submissions.open(id, signal)).data);
  return (
    <>
      <BackHome />
      {item.data ? <Loaded item={item.data} reload={item.reload} />
        : item.problem ? (
          <>
            <PageHead title={t.problems.loadTitle} />
            <ProblemNote problem={item.problem} onRetry={item.reload} />
          </>
        ) : (
          <div role="status" aria-label={t.common.loading}>
            <Skeleton height={40} width="60%" mb={10} /><Skeleton height={22} width={140} mb={26} />
            <Skeleton height={84} radius={16} mb={20} /><Skeleton height={230} radius={16} />
          </div>
        )}
    </>
  );
}
