import { Button, Progress, Skeleton } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { notes, useNoteLive, type Consultation, type Template } from '../../api/notes';
import { useAnnounce } from '../../app/announce';
import { useAsk } from '../../app/ask';
import { useLeaveGuard, withoutGuards } from '../../app/guards';
import { useRouter } from '../../app/router';
import { useUser } from '../../app/session';
import { useKeys } from '../../app/useKeys';
import { DraftEditor, lineId } from '../../components/draft/DraftEditor';
import { joinDraft, wordsBehind, type EditLine } from '../../components/draft/draftLines';
import { FindingNote, FindingsList, findingId } from '../../components/findings/Findings';
import { isOpen, nextOpen, type Placed } from '../../components/findings/findings';
import { Icon } from '../../components/Icon';
import { Note as Callout, ProblemNote } from '../../components/Page';
import { SEARCH_ID } from '../../components/player/AudioEvidence';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { NoteChip } from './Chips';
import { ConflictDialog } from './ConflictDialog';
import classes from './Note.module.css';
import { NoteLines, rowId } from './NoteLines';
import { Addenda, Sharing, SignedBy, Versions } from './NoteSide';
import type { ReadRow } from './noteRows';
import { useNote, type NoteWork } from './useNote';
import type { Voice } from './VisitBench';

interface Props {
  id: string; item: Consultation; voice: Voice; onEvidence: (words: number[]) => void; onChanged: () => void; onHelp: () => void;
  onPane: (pane: 'transcript' | 'note') => void; onDiscarded: () => void; onAnother: () => void; onAgain: (template: Template) => void;
}

// At once where it stands already (the next key may follow at once); what is not drawn yet, some frames later.
function focusOn(id: string, tries = 20): void {
  const element = document.getElementById(id);
  // (on a phone it may stand on the side that is just being turned to)
  if (element && element.offsetParent !== null) {
    element.focus();
    element.scrollIntoView({ block: 'nearest' });
  } else if (tries > 0) requestAnimationFrame(() => focusOn(id, tries - 1));
}

function Drafting({ work, onEnd }: { work: NoteWork; onEnd: () => void }) {
  const t = useTexts();
  const note = work.note!;
  const live = useNoteLive(note.id, note.status);
  const ended = live !== null && live.status !== 'generating';
  const { reload } = work;
  useEffect(() => { if (ended) { reload(); onEnd(); } }, [ended, reload, onEnd]);
  return (
    <div className={classes.drafting} role="status">
      <h2 className={bench.h2}>{t.notes.drafting}</h2>
      <Progress.Root size={14} radius={7} mt={12}>
        <Progress.Section color="var(--brand)" value={Math.max(4, live?.percent ?? 0)} aria-label={t.notes.drafting} animated />
      </Progress.Root>
      <p className={classes.soft}>{t.notes.youCanLeave}</p>
    </div>
  );
}

function Loaded({ work, item, voice, onEvidence, onChanged, onHelp, onPane, onDiscarded, onAnother }: Omit<Props, 'id' | 'onAgain'> & { work: NoteWork }) {
  const t = useTexts();
  const ask = useAsk();
  const announce = useAnnounce();
  const { go } = useRouter();
  const note = work.note!;
  const { rows, placed, lines, machine } = work;
  const draft = note.status === 'draft';
  const [chosen, setChosen] = useState(-1);
  const [empty, setEmpty] = useState(false);
  const finding = useRef<number | null>(null);
  useLeaveGuard(work.dirty, t.notes.leaveUnsaved);

  const choose = (at: number) => {
    if (at === chosen) return;
    setChosen(at);
    onEvidence(rows[at]?.words ?? []);
  };
  const statements = rows.flatMap((row, at) => (row.look === 'statement' ? [at] : []));
  const step = (by: 1 | -1) => {
    const next = by === 1 ? statements.find((at) => at > chosen) ?? statements[0] : statements.findLast((at) => at < chosen) ?? statements.at(-1);
    if (next !== undefined) { onPane('note'); choose(next); focusOn(rowId(next)); }
  };
  const hear = (row: ReadRow) => voice.hear(row.words);
  const goTo = (one: Placed | null) => {
    if (!one) return;
    finding.current = one.finding.number;
    if (one.row >= 0) choose(one.row);
    onPane('note');
    focusOn(findingId(one.finding.number));
  };
  const confirm = async (number: number) => {
    const row = placed.find((one) => one.finding.number === number)?.row ?? -1;
    const left = await work.confirm(number);
    if (left === null) return;
    announce(t.findings.confirmed(left));
    finding.current = number;
    const now = placed.map((one) => (one.finding.number === number ? { ...one, finding: { ...one.finding, resolution: 'confirmed' as const } } : one));
    const next = nextOpen(now, number);
    if (next) goTo(next);
    else focusOn(row >= 0 ? rowId(row) : rowId(statements[0] ?? 0)); // the note that had the focus is gone
  };
  // what the focus is in, else what the chosen line has open
  const confirmHere = () => {
    const inside = document.activeElement?.closest<HTMLElement>('[data-finding]')?.dataset.finding;
    const open = placed.filter((one) => isOpen(one.finding));
    const one = inside !== undefined ? open.find(({ finding: each }) => each.number === Number(inside)) : open.find(({ row }) => row === chosen);
    if (one) void confirm(one.finding.number);
  };
  const edit = (at: number) => {
    if (!draft || lines) return;
    work.edit();
    const target = rows[at]?.line ?? rows[statements[0] ?? 0]?.line;
    if (target) focusOn(lineId(target.key));
  };
  const finish = async () => {
    if (!lines || (work.busy && work.busy !== 'saving')) return;
    const nothing = joinDraft(lines) === '';
    setEmpty(nothing);
    if (nothing || !await work.finishEdit()) return;
    announce(t.notes.saved);
    onChanged();
    focusOn(rowId(rows[chosen]?.look === 'statement' ? chosen : statements[0] ?? 0));
  };
  const undo = async () => {
    if (!work.dirty || await ask({ title: t.notes.undo, body: t.notes.undoBody, yes: t.notes.undo, danger: true })) work.cancelEdit();
  };
  const copy = () => navigator.clipboard.writeText(note.text).then(() => announce(t.notes.copied), () => announce(t.notes.copyFailed));
  const discard = async () => {
    const sure = await ask({ title: t.notes.discardTitle, body: t.notes.discardBody, yes: t.notes.discardDo, danger: true });
    if (!sure) return;
    try {
      await notes.discard(note.id);
      announce(t.notes.discarded);
      withoutGuards(onDiscarded);
    } catch { work.reload(); }
  };
  const sign = async () => {
    if (!draft || lines || work.busy) return;
    if (work.open > 0) { announce(t.notes.signBlocked(work.open)); goTo(nextOpen(placed, finding.current)); return; }
    const sure = await ask({ title: t.notes.signTitle, body: t.notes.signBody(t.notes.templates[note.template].name, note.patient_name ?? t.notes.unnamed), yes: t.notes.signDo });
    if (sure && await work.sign()) { announce(t.notes.signedDone); onChanged(); }
  };

  useKeys({
    j: () => step(1), k: () => step(-1), p: voice.toggle, '[': () => voice.skip(-5000), ']': () => voice.skip(5000),
    m: () => { if (!lines) goTo(nextOpen(placed, finding.current)); }, M: () => { if (!lines) goTo(nextOpen(placed, finding.current, -1)); },
    c: () => { if (!lines) confirmHere(); },
    e: () => edit(chosen), s: () => void sign(), u: () => go('/consultations'), '?': onHelp, 'Ctrl+s': () => void finish(), Escape: () => void finish(),
    '/': () => { onPane('transcript'); focusOn(SEARCH_ID); },
  });

  // The line under edit that still holds what was found; after an automatic save it may be another one.
  const homeOf = (one: Placed) => {
    const holding = lines?.filter((line) => line.text.includes(one.finding.text)) ?? [];
    return holding.find((line) => line.key === rows[one.row]?.line.key) ?? holding[0];
  };
  const below = (line: EditLine) => {
    const still = placed.filter((one) => isOpen(one.finding) && one.row >= 0 && homeOf(one)?.key === line.key);
    if (still.length === 0) return null;
    return still.map((one) => (
      <FindingNote
        key={one.finding.number} finding={one.finding} source="audio" busy={false} onConfirm={null} onEdit={null}
        question={one.finding.kind === 'not_understood' ? rows[one.row]?.question ?? null : null}
      />
    ));
  };
  const state = work.busy === 'saving' ? t.notes.saving : work.dirty ? t.notes.unsaved : work.savedAt !== null ? t.notes.savedChecking : '';

  return (
    <>
      <div className={bench.draftHead}>
        <h2 className={classes.title}>{t.notes.templates[note.template].name} <NoteChip status={note.status} /></h2>
        <div className={classes.headTools} data-no-print>
          <Button size="sm" variant="subtle" leftSection={<Icon name="copy" size={18} />} onClick={() => void copy()}>{t.notes.copy}</Button>
          {!draft && <Button size="sm" variant="subtle" leftSection={<Icon name="print" size={18} />} onClick={() => window.print()}>{t.notes.print}</Button>}
          <Button size="sm" variant="subtle" leftSection={<Icon name="plus" size={18} />} onClick={onAnother}>{t.notes.another}</Button>
        </div>
      </div>
      {draft ? <p className={bench.lead}>{t.notes.draftLead} {t.doctor.lowConfidence}</p> : <SignedBy note={note} />}
      {work.problem && <ProblemNote problem={work.problem} />}
      {empty && lines && joinDraft(lines) === '' && <Callout tone="bad" icon="alert" title={t.notes.empty} alert />}
      {draft && !lines && <FindingsList placed={placed} onJump={goTo} />}
      {lines ? (
        <DraftEditor
          lines={lines} machine={machine} onChange={work.setLines} chosen={lines[chosen]?.key ?? null} disabled={false} below={below}
          onChoose={(key) => {
            const at = lines.findIndex((line) => line.key === key);
            setChosen(at);
            onEvidence(wordsBehind(lines[at] ?? null, machine.lines));
          }}
          onHear={(line) => voice.hear(wordsBehind(line, machine.lines))} onLeave={() => void finish()}
        />
      ) : (
        <NoteLines
          rows={rows} placed={placed} chosen={chosen} voice={voice} busy={work.busy !== null} draft={draft} onChoose={choose} onHear={hear}
          onEdit={draft ? edit : null} onConfirm={draft ? (number) => void confirm(number) : null}
        />
      )}
      {draft && (
        <div className={bench.actions} data-no-print>
          <p className={bench.saveState} role="status" data-good={(!lines && work.open === 0) || undefined}>
            {lines ? state : work.open > 0 ? t.notes.signBlocked(work.open) : t.notes.signReady}
          </p>
          {lines ? (
            <>
              <Button variant="default" leftSection={<Icon name="undo" />} onClick={() => void undo()}>{t.notes.undoShort}<span className={bench.wide}>{t.notes.undoRest}</span></Button>
              <Button leftSection={<Icon name="check" />} loading={work.busy === 'saving'} onClick={() => void finish()}>{t.notes.done}<span className={bench.wide}>{t.notes.doneRest}</span></Button>
            </>
          ) : (
            <>
              <Button variant="default" leftSection={<Icon name="pen" />} onClick={() => edit(chosen)}>{t.notes.edit}</Button>
              <Button
                leftSection={<Icon name="shield" />} loading={work.busy === 'signing'} {...(work.open > 0 && { 'data-disabled': true, 'aria-disabled': true })}
                onClick={() => void sign()}
              >
                {t.notes.sign}
              </Button>
            </>
          )}
        </div>
      )}
      {!draft && <Addenda work={work} />}
      <Sharing work={work} item={item} />
      <Versions note={note} />
      {draft && !lines && (
        <div data-no-print>
          <Button variant="default" leftSection={<Icon name="trash" size={20} />} onClick={() => void discard()}>{t.notes.discard}</Button>
        </div>
      )}
      <ConflictDialog work={work} />
    </>
  );
}

/** One note of a visit, from its drafting to its signature and after. */
export function NoteView({ id, onAgain, ...rest }: Props) {
  const t = useTexts();
  const me = useUser();
  const work = useNote(id, me.id);
  const { note } = work;
  if (work.loadProblem && !note) return <ProblemNote problem={work.loadProblem} title={t.problems.loadTitle} onRetry={work.reload} />;
  if (!note) return <div role="status" aria-label={t.common.loading}><Skeleton height={32} width={220} mb={16} /><Skeleton height={420} radius={12} /></div>;
  if (note.status === 'generating') return <Drafting work={work} onEnd={rest.onChanged} />;
  if (note.status === 'integrity_error') return <Callout tone="bad" icon="shield" title={t.problems.codes.integrity_error} alert />;
  if (note.status === 'failed') {
    const again = async () => { await notes.discard(id).catch(() => {}); onAgain(note.template); };
    return (
      <Callout tone="bad" icon="alert" title={t.notes.noteFailed}>
        <p>{t.notes.reasons[note.reason ?? ''] ?? t.notes.reasonOther}</p>
        <Button mt="sm" variant="default" onClick={() => void again()}>{t.notes.draftAgain}</Button>
      </Callout>
    );
  }
  return <Loaded work={work} {...rest} />;
}
