import { Button, Skeleton } from '@mantine/core';
import { useMemo } from 'react';
import { notes, type Note } from '../../api/notes';
import { useResource } from '../../api/useResource';
import { Link } from '../../app/router';
import { Icon } from '../../components/Icon';
import { Card, PageHead, ProblemNote } from '../../components/Page';
import { Ago } from '../../components/time';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { NoteChip } from './Chips';
import consultation from './Consultations.module.css';
import classes from './Note.module.css';
import { NoteLines } from './NoteLines';
import { machineOf, readRows } from './noteRows';
import { AddendaList, SignedBy, Versions } from './NoteSide';

function Reading({ note }: { note: Note }) {
  const t = useTexts();
  const rows = useMemo(() => readRows(note.text ?? '', machineOf(note.evidence, note.text ?? '')), [note]);
  const nothing = () => {};
  return (
    <>
      <PageHead
        title={note.patient_name ?? t.notes.unnamed}
        lead={(
          <span className={consultation.meta}>
            {t.notes.templates[note.template].name} · {t.notes.by(note.author.username)} · <Ago iso={note.updated_at} /> <NoteChip status={note.status} />
          </span>
        )}
        side={<Button variant="default" leftSection={<Icon name="print" />} onClick={() => window.print()}>{t.notes.print}</Button>}
      />
      <Card className={classes.paper}>
        {note.status === 'signed' && <SignedBy note={note} />}
        <NoteLines rows={rows} placed={[]} chosen={-1} voice={null} busy={false} draft={false} onChoose={nothing} onHear={nothing} onEdit={null} onConfirm={null} />
        <AddendaList note={note} />
        <Versions note={note} />
      </Card>
    </>
  );
}

/** A colleague's note that was shared: text, addenda and history, nothing of the recording. */
export function SharedNotePage({ id }: { id: string }) {
  const t = useTexts();
  const note = useResource(`note ${id}`, async (signal) => (await notes.open(id, signal)).data);
  return (
    <>
      <Link href="/consultations" className={bench.back} data-no-print=""><Icon name="chevronLeft" size={20} />{t.notes.back}</Link>
      {note.data ? <Reading note={note.data} />
        : note.problem ? <><PageHead title={t.problems.loadTitle} /><ProblemNote problem={note.problem} onRetry={note.reload} /></>
          : <div role="status" aria-label={t.common.loading}><Skeleton height={40} width={260} mb={26} /><Skeleton height={420} radius={16} /></div>}
    </>
  );
}
