import { Button, Skeleton } from '@mantine/core';
import { useEffect } from 'react';
import { consents, submissions } from '../../api/endpoints';
import type { SubmissionRow } from '../../api/types';
import { usePages, useResource } from '../../api/useResource';
import { Link } from '../../app/router';
import { useUser } from '../../app/session';
import { Icon, type IconName } from '../../components/Icon';
import { EmptyState, Note, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { StatusChip } from '../../components/StatusChip';
import { Ago } from '../../components/time';
import { useTexts } from '../../texts';
import classes from './Home.module.css';

const LOOK_EVERY_MS = 15_000;
const moving = (row: SubmissionRow) => row.status === 'queued' || row.status === 'processing' || row.status === 'draft';

function Offer({ href, icon, title, body, action }: { href: string; icon: IconName; title: string; body: string; action: string }) {
  return (
    <Link href={href} className={classes.offer}>
      <span className={classes.offerIcon}><Icon name={icon} size={34} /></span>
      <span className={classes.offerTitle}>{title}</span>
      <span className={classes.offerBody}>{body}</span>
      <span className={classes.offerDo}>{action}<Icon name="chevron" size={19} /></span>
    </Link>
  );
}

function Row({ row }: { row: SubmissionRow }) {
  const t = useTexts();
  const waits = row.status === 'queued' && row.reason === 'waiting_for_consent';
  const reason = row.status === 'failed' ? (t.patient.reasons[row.reason ?? ''] ?? t.patient.reasonOther).title : null;
  return (
    <li>
      <Link href={`/sent/${row.id}`} className={classes.row} data-status={row.status}>
        <span className={classes.rowIcon}><Icon name={row.type === 'audio' ? 'mic' : 'page'} /></span>
        <span className={classes.rowMain}>
          <span className={classes.rowTitle}>{t.kinds[row.type]}</span>
          <span className={classes.rowSoft}>{reason ?? <Ago iso={row.created_at} />}</span>
        </span>
        <StatusChip status={row.status} label={waits ? t.consents.waitingShort : t.patient.states[row.status]} />
        <Icon name="chevron" size={20} />
      </Link>
    </li>
  );
}

/** A consent that ends soon, or has ended: said where everybody looks first. */
function ConsentNotice() {
  const t = useTexts();
  const list = useResource('consents', (signal) => consents.mine(signal));
  const ending = list.data?.consents.filter((one) => one.notice !== null) ?? [];
  if (ending.length === 0) return null;
  return (
    <div className={classes.notice}>
      <Note tone="mark" icon="clock" title={t.consents.soonTitle}>
        {ending.map((one) => one.notice && <p key={one.type}><strong>{t.consents.kinds[one.type].name}.</strong> {t.consents.notices[one.notice]}</p>)}
        <p><Link className="plain-link" href="/consents">{t.consents.soonLink}</Link></p>
      </Note>
    </div>
  );
}

export function HomePage() {
  const t = useTexts();
  const user = useUser();
  const list = usePages('mine', (cursor, signal) => submissions.list({ scope: 'mine', limit: 30, cursor }, signal));
  const waiting = list.rows?.some(moving) ?? false;
  const { reload } = list;

  // Only while something is under way and somebody is looking.
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => { if (!document.hidden) reload(); }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [waiting, reload]);

  const needsYou = list.rows?.filter((row) => row.status === 'returned' || row.status === 'failed') ?? [];
  const others = list.rows?.filter((row) => !needsYou.includes(row)) ?? [];

  return (
    <>
      <PageHead title={t.patient.hello(user.username)} lead={t.patient.lead} />
      <div className={classes.offers}>
        <Offer href="/new/voice" icon="mic" title={t.patient.voiceTitle} body={t.patient.voiceBody} action={t.patient.voiceDo} />
        <Offer href="/new/photo" icon="camera" title={t.patient.photoTitle} body={t.patient.photoBody} action={t.patient.photoDo} />
      </div>
      <ConsentNotice />
      {needsYou.length > 0 && (
        <section>
          <h2 className={classes.h2}>{t.patient.needsYou}</h2>
          <ul className={classes.rows}>{needsYou.map((row) => <Row key={row.id} row={row} />)}</ul>
        </section>
      )}
      {!list.rows && !list.problem && (
        <section className={classes.waiting}>
          <Skeleton height={26} width={210} mb={14} /><RowsSkeleton rows={4} height={78} />
        </section>
      )}
      <section hidden={!list.rows && !list.problem}>
        <h2 className={classes.h2}>{t.patient.mine}</h2>
        {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
        {list.rows?.length === 0 && <EmptyState icon="page" title={t.patient.emptyTitle} body={t.patient.emptyBody} />}
        {others.length > 0 && <ul className={classes.rows}>{others.map((row) => <Row key={row.id} row={row} />)}</ul>}
        {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
      </section>
    </>
  );
}
