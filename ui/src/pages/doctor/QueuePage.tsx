import { NativeSelect } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { SubmissionRow, SubmissionType } from '../../api/types';
import { useResource } from '../../api/useResource';
import { Link } from '../../app/router';
import { useKeys } from '../../app/useKeys';
import { Icon } from '../../components/Icon';
import { EmptyState, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Segments } from '../../components/Segments';
import { Shortcuts } from '../../components/Shortcuts';
import { Chip, StatusChip } from '../../components/StatusChip';
import { formatWhen, span, useNow } from '../../components/time';
import { useTexts } from '../../texts';
import { inOrder, loadCounts, loadView, views, type Order, type View } from './queue';
import classes from './Queue.module.css';

const LIST_EVERY_MS = 30_000;
const COUNTS_EVERY_MS = 120_000;
const LONG_WAIT_MS = 2 * 3_600_000;

// Remembered while the page lives, so that "back to the queue" shows the same queue.
const kept: { view: View; type: SubmissionType | ''; order: Order } = { view: 'draft', type: '', order: 'oldest' };

function Row({ row, now, view }: { row: SubmissionRow; now: number; view: View }) {
  const t = useTexts();
  const age = now - new Date(row.created_at).getTime();
  const waits = view === 'draft' || view === 'working';
  const long = waits && age > LONG_WAIT_MS;
  return (
    <li>
      <Link href={`/review/${row.id}`} className={classes.row} data-queue-row="">
        <span className={classes.kind} title={t.kinds[row.type]}><Icon name={row.type === 'audio' ? 'mic' : 'page'} /></span>
        <span className={classes.who}>
          <span className={classes.name}>{row.username ?? t.common.none}</span>
          <span className={classes.soft}>{t.kinds[row.type]}</span>
        </span>
        <span className={classes.wait} data-long={long || undefined}>
          {waits ? <><Icon name="clock" size={18} /><span className="sr-only">{t.doctor.waiting} </span>{span(age, t)}</>
            : <span className={classes.soft}><span className="sr-only">{t.doctor.sent} </span>{t.time.ago(span(age, t))}</span>}
          {long && <span className="sr-only">, {t.doctor.long}</span>}
        </span>
        <time dateTime={row.created_at} className={classes.when}>{formatWhen(row.created_at, t)}</time>
        <span className={classes.extra}>
          {view === 'working' && <StatusChip status={row.status} label={t.doctor.states[row.status]} />}
          {row.consent_missing && <Chip tone="mark" icon="alert" label={t.doctor.consentMissing} />}
          {view === 'failed' && (t.doctor.reasons[row.reason ?? ''] ?? row.reason)}
        </span>
        <Icon name="chevron" size={20} />
      </Link>
    </li>
  );
}

export function QueuePage() {
  const t = useTexts();
  const now = useNow();
  const [filter, setFilter] = useState(kept);
  const [help, setHelp] = useState(false);
  const listElement = useRef<HTMLUListElement>(null);
  const change = (part: Partial<typeof kept>) => { Object.assign(kept, part); setFilter({ ...kept }); };
  const { view, type, order } = filter;

  const list = useResource(`queue ${view} ${type} ${order}`, (signal) => loadView(view, type || null, order, signal));
  const counts = useResource('counts', loadCounts);
  const { reload } = list;
  const reloadCounts = counts.reload;
  useEffect(() => {
    const watch = (ms: number, run: () => void) => setInterval(() => { if (!document.hidden) run(); }, ms);
    const timers = [watch(LIST_EVERY_MS, reload), watch(COUNTS_EVERY_MS, reloadCounts)];
    return () => timers.forEach(clearInterval);
  }, [reload, reloadCounts]);

  const move = (step: 1 | -1) => {
    const rows = [...(listElement.current?.querySelectorAll<HTMLElement>('[data-queue-row]') ?? [])];
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = at < 0 ? (step === 1 ? rows[0] : rows.at(-1)) : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    next?.focus();
  };
  useKeys({ j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), '?': () => setHelp(true) });

  const rows = list.data ? inOrder(list.data.rows, order) : null;
  const drafts = counts.data?.draft;
  const labels: Record<View, string> = { ...t.doctor.states, working: t.doctor.states.processing };

  return (
    <>
      <PageHead
        title={t.doctor.queueTitle}
        lead={drafts === undefined ? '\u00a0' : t.doctor.queueLead(Number.parseInt(drafts, 10), drafts.endsWith('+'))}
        side={<button type="button" className={classes.help} onClick={() => setHelp(true)}><Icon name="keyboard" />{t.doctor.shortcuts}</button>}
      />
      <div className={classes.filters}>
        <Segments
          label={t.doctor.filterState} name="view" value={view} onChange={(next) => change({ view: next })}
          // a figure space keeps the room of a count that is still on its way
          options={views.map((one) => ({
            value: one, label: labels[one], count: one === 'approved' ? undefined : counts.data?.[one] ?? '\u2007',
          }))}
        />
        <NativeSelect
          aria-label={t.doctor.filterType} value={type} onChange={(event) => change({ type: event.currentTarget.value as SubmissionType | '' })}
          data={[{ value: '', label: t.doctor.anyType }, { value: 'audio', label: t.kinds.audio }, { value: 'prescription', label: t.kinds.prescription }]}
        />
        <NativeSelect
          aria-label={t.doctor.order} value={order} onChange={(event) => change({ order: event.currentTarget.value as Order })}
          data={[{ value: 'oldest', label: t.doctor.oldest }, { value: 'newest', label: t.doctor.newest }]}
        />
      </div>
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!rows && !list.problem && <RowsSkeleton rows={7} height={74} />}
      {rows?.length === 0 && (view === 'draft' && type === ''
        ? <EmptyState icon="check" title={t.doctor.emptyDraftTitle} body={t.doctor.emptyDraftBody} />
        : <EmptyState icon="list" title={t.doctor.emptyTitle} body={t.doctor.emptyBody} />)}
      {rows && rows.length > 0 && (
        <ul className={classes.rows} ref={listElement}>
          {rows.map((row) => <Row key={row.id} row={row} now={now} view={view} />)}
        </ul>
      )}
      {list.data?.capped && <p className={classes.soft}>{t.doctor.capped(list.data.rows.length, order)}</p>}
      <Shortcuts
        opened={help} onClose={() => setHelp(false)}
        rows={[[['j', '↓'], t.doctor.keys.next], [['k', '↑'], t.doctor.keys.previous], [['Enter'], t.doctor.keys.open], [['?'], t.doctor.keys.help]]}
      />
    </>
  );
}
