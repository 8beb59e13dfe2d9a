import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { consultations, notes, useConsultationLive, type ConsultationRow, type NoteRow } from '../../api/notes';
import { usePages } from '../../api/useResource';
import { Link, useRouter } from '../../app/router';
import { useKeys } from '../../app/useKeys';
import { Icon } from '../../components/Icon';
import { EmptyState, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Segments } from '../../components/Segments';
import { Shortcuts } from '../../components/Shortcuts';
import { Ago, clock } from '../../components/time';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { ClosedChip, ConsultationChip, NoteChip } from './Chips';
import classes from './Consultations.module.css';

const moving = (row: ConsultationRow) => row.status === 'queued' || row.status === 'processing';

function LiveChip({ row, onEnd }: { row: ConsultationRow; onEnd: () => void }) {
  const live = useConsultationLive(row.id, row.status);
  const status = live?.status ?? row.status;
  const ended = status !== row.status && (status === 'ready' || status === 'failed');
  useEffect(() => { if (ended) onEnd(); }, [ended, onEnd]);
  return <ConsultationChip status={status} percent={live?.percent ?? row.percent ?? null} />;
}

function Row({ row, reload }: { row: ConsultationRow; reload: () => void }) {
  const t = useTexts();
  const facts = [
    row.title, row.duration_ms ? t.notes.lengthOf(clock(row.duration_ms)) : null,
    row.status === 'ready' && row.notes_count !== undefined ? t.notes.noteCount(row.notes_count) : null,
    row.status === 'failed' ? t.notes.reasons[row.reason ?? ''] ?? t.notes.reasonOther : null,
  ].filter(Boolean).join(' · ');
  return (
    <li>
      <Link href={`/consultations/${row.id}`} className={classes.row} data-row="">
        <span className={classes.rowIcon}><Icon name="mic" /></span>
        <span className={classes.rowMain}>
          <span className={classes.rowName}>{row.patient_name ?? t.notes.unnamed}</span>
          <span className={classes.soft}>{facts}</span>
        </span>
        <span className={classes.rowChip}><ClosedChip row={row} />{moving(row) ? <LiveChip row={row} onEnd={reload} /> : <ConsultationChip status={row.status} />}</span>
        <span className={classes.when}><Ago iso={row.created_at} /></span>
        <Icon name="chevron" size={20} />
      </Link>
    </li>
  );
}

function SharedRow({ row }: { row: NoteRow }) {
  const t = useTexts();
  return (
    <li>
      <Link href={`/notes/${row.id}`} className={classes.row} data-row="">
        <span className={classes.rowIcon}><Icon name="page" /></span>
        <span className={classes.rowMain}>
          <span className={classes.rowName}>{row.patient_name ?? t.notes.unnamed}</span>
          <span className={classes.soft}>{t.notes.templates[row.template].name} · {t.notes.by(row.author.username)}</span>
        </span>
        <span className={classes.rowChip}><ClosedChip row={row} /><NoteChip status={row.status} /></span>
        <span className={classes.when}><Ago iso={row.updated_at} /></span>
        <Icon name="chevron" size={20} />
      </Link>
    </li>
  );
}

function Mine() {
  const t = useTexts();
  const list = usePages('consultations', (cursor, signal) => consultations.list(cursor, signal));
  return (
    <>
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={6} height={76} />}
      {list.rows?.length === 0 && <EmptyState icon="mic" title={t.notes.emptyTitle} body={t.notes.emptyBody} />}
      {list.rows && list.rows.length > 0 && <ul className={classes.rows}>{list.rows.map((row) => <Row key={row.id} row={row} reload={list.reload} />)}</ul>}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
    </>
  );
}

function SharedWithMe() {
  const t = useTexts();
  const list = usePages('shared notes', (cursor, signal) => notes.list('shared', cursor, signal));
  return (
    <>
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={4} height={76} />}
      {list.rows?.length === 0 && <EmptyState icon="people" title={t.notes.sharedEmptyTitle} body={t.notes.sharedEmptyBody} />}
      {list.rows && list.rows.length > 0 && <ul className={classes.rows}>{list.rows.map((row) => <SharedRow key={row.id} row={row} />)}</ul>}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
    </>
  );
}

// Remembered while the page lives, so that the way back leads to the same list.
let kept: 'mine' | 'shared' = 'mine';

export function ConsultationsPage() {
  const t = useTexts();
  const { go } = useRouter();
  const [view, setView] = useState(kept);
  const [help, setHelp] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const move = (step: 1 | -1) => {
    const rows = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = rows.findIndex((row) => row === document.activeElement);
    rows[at < 0 ? (step === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
  };
  useKeys({
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), '?': () => setHelp(true),
    '+': () => go('/consultations/new'),
  });
  return (
    <>
      <PageHead
        title={t.notes.title} lead={t.notes.lead}
        side={(
          <>
            <button type="button" className={bench.help} onClick={() => setHelp(true)}><Icon name="keyboard" />{t.doctor.shortcuts}</button>
            <Link href="/consultations/new" className={classes.primary}><Icon name="plus" />{t.notes.new}</Link>
          </>
        )}
      />
      <div className={classes.filters}>
        <Segments
          label={t.notes.which} name="which" value={view} onChange={(next) => { kept = next; setView(next); }}
          options={[{ value: 'mine', label: t.notes.mine }, { value: 'shared', label: t.notes.shared }]}
        />
      </div>
      <div ref={box}>{view === 'mine' ? <Mine /> : <SharedWithMe />}</div>
      <Shortcuts
        opened={help} onClose={() => setHelp(false)}
        rows={[[['j', '↓'], t.doctor.keys.next], [['k', '↑'], t.doctor.keys.previous], [['Enter'], t.doctor.keys.open], [['+'], t.notes.new], [['?'], t.doctor.keys.help]]}
      />
    </>
  );
}
