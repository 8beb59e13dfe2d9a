import { Button, Skeleton } from '@mantine/core';
import { NOT_DISCUSSED, notes, type Note } from '../../api/notes';
import { usePages, useResource } from '../../api/useResource';
import { Link } from '../../app/router';
import { Icon } from '../../components/Icon';
import { Card, EmptyState, Note as Callout, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';
import classes from './Home.module.css';
import back from './Record.module.css';
import { readableLines } from './readable';
import sent from './Sent.module.css';

/** Notes that a doctor has signed and shared with the patient. */
export function VisitsPage() {
  const t = useTexts();
  const list = usePages('visits', (cursor, signal) => notes.list('shared', cursor, signal));
  return (
    <>
      <PageHead title={t.notes.visitsTitle} lead={t.notes.visitsLead} />
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={3} height={78} />}
      {list.rows?.length === 0 && <EmptyState icon="page" title={t.notes.visitsEmptyTitle} body={t.notes.visitsEmptyBody} />}
      {list.rows && list.rows.length > 0 && (
        <ul className={classes.rows}>
          {list.rows.map((row) => (
            <li key={row.id}>
              <Link href={`/visits/${row.id}`} className={classes.row}>
                <span className={classes.rowIcon}><Icon name="page" /></span>
                <span className={classes.rowMain}>
                  <span className={classes.rowTitle}>{t.notes.plainNames[row.template]}</span>
                  <span className={classes.rowSoft}>{t.notes.visitOf(row.author.username)}</span>
                </span>
                <time className={classes.rowSoft} dateTime={row.signed_at ?? row.updated_at}>{formatWhen(row.signed_at ?? row.updated_at, t)}</time>
                <Icon name="chevron" size={20} />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
    </>
  );
}

function Reading({ note }: { note: Note }) {
  const t = useTexts();
  return (
    <>
      <PageHead title={t.notes.plainNames[note.template]} lead={t.notes.visitOf(note.author.username)} />
      <div className={sent.stack}>
        <Card className={sent.instructions}>
          <p className={sent.approved}>
            <Icon name="shield" />{t.notes.signedBy(note.author.username)}
            {note.signed_at && <span className={sent.soft}>{formatWhen(note.signed_at, t)}</span>}
          </p>
          {readableLines(note.text ?? '').map((block, i) => (block.kind === 'heading'
            ? <h2 key={i} className={sent.lineHeading}>{block.text}</h2>
            : <ul key={i} className={sent.lines}>{block.items.map((line, j) => <li key={j} data-silent={line === NOT_DISCUSSED || undefined}>{line}</li>)}</ul>))}
          {note.addenda && note.addenda.length > 0 && (
            <>
              <h2 className={sent.lineHeading}>{t.notes.addenda}</h2>
              {note.addenda.map((one) => (
                <div key={one.id} className={sent.addendum}>
                  <p>{one.text}</p>
                  <p className={sent.soft}>{t.notes.added(one.author.username, formatWhen(one.created_at, t))}</p>
                </div>
              ))}
            </>
          )}
          <div className={sent.actions} data-no-print>
            <Button variant="default" leftSection={<Icon name="print" />} onClick={() => window.print()}>{t.notes.print}</Button>
          </div>
        </Card>
        <Callout tone="plain" icon="question"><p>{t.notes.questions}</p></Callout>
      </div>
    </>
  );
}

export function VisitPage({ id }: { id: string }) {
  const t = useTexts();
  const note = useResource(`visit ${id}`, async (signal) => (await notes.open(id, signal)).data);
  return (
    <>
      <Link href="/visits" className={back.back} data-no-print=""><Icon name="chevronLeft" size={20} />{t.notes.toVisits}</Link>
      {note.data ? <Reading note={note.data} />
        : note.problem ? <><PageHead title={t.problems.loadTitle} /><ProblemNote problem={note.problem} onRetry={note.reload} /></>
          : <div role="status" aria-label={t.common.loading}><Skeleton height={40} width="60%" mb={26} /><Skeleton height={420} radius={16} /></div>}
    </>
  );
}
