import type { KeyboardEvent, MouseEvent } from 'react';
import { FindingNote, MarkedText, UnsureWords } from '../../components/findings/Findings';
import { isOpen, type Placed } from '../../components/findings/findings';
import { Icon } from '../../components/Icon';
import { useTexts } from '../../texts';
import classes from './Note.module.css';
import type { ReadRow } from './noteRows';
import type { Voice } from './VisitBench';

export const rowId = (at: number) => `note-row-${at}`;

interface Acts {
  onChoose: (at: number) => void; onHear: (row: ReadRow) => void;
  /** Null where the text is final. */
  onEdit: ((at: number) => void) | null; onConfirm: ((finding: number) => void) | null;
}
interface Props extends Acts { rows: ReadRow[]; placed: readonly Placed[]; chosen: number; voice: Voice | null; busy: boolean; draft: boolean }

function Statement({ row, at, of, chosen, first, placed, voice, busy, draft, onChoose, onHear, onEdit, onConfirm }: Acts & {
  row: ReadRow; at: number; of: number; chosen: boolean; first: boolean; placed: Placed[]; voice: Voice | null; busy: boolean; draft: boolean;
}) {
  const t = useTexts();
  const linked = row.words.length > 0;
  const unsure = draft && linked ? voice?.unsure(row.text, row.words) ?? [] : [];
  const heard = chosen && linked ? voice?.quote(row.words) : null;
  const number = t.doctor.line(at + 1, of);
  const open = placed.some((one) => isOpen(one.finding));
  const click = (event: MouseEvent) => {
    // text can be marked with the mouse, and the buttons have their own work
    if ((event.target as Element).closest('button') || document.getSelection()?.toString()) return;
    onChoose(at);
    if (linked) onHear(row);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || (event.target as Element).closest('button')) return;
    event.preventDefault();
    if (linked) onHear(row);
  };
  return (
    <li
      id={rowId(at)} className={classes.row} tabIndex={chosen || first ? 0 : -1} data-chosen={chosen || undefined} data-linked={(linked && voice !== null) || undefined}
      data-open={open || undefined} onClick={click} onKeyDown={key} onFocus={() => onChoose(at)}
    >
      <div className={classes.said}>
        <p className={classes.text}><MarkedText row={row.text} placed={placed} unsure={unsure} /></p>
        <span className={classes.tools} data-no-print>
          {voice && linked && (
            <button type="button" tabIndex={chosen ? 0 : -1} onClick={() => { onChoose(at); onHear(row); }} aria-label={`${t.notes.hear}: ${number}`} title={t.notes.hear}>
              <Icon name="play" size={18} />
            </button>
          )}
          {onEdit && (
            <button type="button" tabIndex={chosen ? 0 : -1} onClick={() => onEdit(at)} aria-label={`${t.notes.change}: ${number}`} title={t.notes.change}>
              <Icon name="pen" size={18} />
            </button>
          )}
        </span>
      </div>
      {unsure.length > 0 && <UnsureWords row={row.text} unsure={unsure} source="audio" />}
      {heard && <p className={classes.heard}><strong>{t.notes.heardAt(heard.at)}</strong> “{heard.text}”</p>}
      {draft && row.mark === 'rewritten' && <p className={classes.quiet}>{t.notes.rewritten}</p>}
      {draft && (row.mark === 'added' || (!linked && row.mark !== 'rewritten')) && (
        <p className={classes.quiet}><Icon name="alert" size={17} />{row.mark === 'added' ? t.notes.own : t.notes.noEvidence}</p>
      )}
      {draft && placed.map(({ finding }) => (
        <FindingNote
          key={finding.number} finding={finding} source="audio" busy={busy} question={finding.kind === 'not_understood' ? row.question : null}
          onConfirm={onConfirm && (() => onConfirm(finding.number))} onEdit={onEdit && (() => onEdit(at))}
          onEvidence={voice && linked ? () => onHear(row) : null}
        />
      ))}
    </li>
  );
}

/** The note to read: headings, statements one by one with what they rest on, and sections of which nothing was said. */
export function NoteLines({ rows, placed, chosen, voice, busy, draft, ...acts }: Props) {
  const t = useTexts();
  const statements = rows.flatMap((row, at) => (row.look === 'statement' ? [at] : []));
  // statements that follow each other are one list
  const blocks: { kind: 'heading' | 'silent' | 'list'; at: number; items: number[] }[] = [];
  rows.forEach((row, at) => {
    const last = blocks.at(-1);
    if (row.look === 'heading') blocks.push({ kind: 'heading', at, items: [] });
    else if (row.look === 'silent') blocks.push({ kind: 'silent', at, items: [] });
    else if (row.look === 'statement') {
      if (last?.kind === 'list') last.items.push(at); else blocks.push({ kind: 'list', at, items: [at] });
    }
  });
  return (
    <div className={classes.lines}>
      {placed.filter((one) => one.row < 0 && draft).map(({ finding }) => (
        <FindingNote
          key={finding.number} finding={finding} source="audio" busy={busy} onEdit={null}
          onConfirm={acts.onConfirm && (() => acts.onConfirm?.(finding.number))}
        />
      ))}
      {blocks.map((block) => {
        if (block.kind === 'heading') return <h3 key={block.at} className={classes.heading}>{rows[block.at]?.text}</h3>;
        if (block.kind === 'silent') return <p key={block.at} className={classes.silent}><Icon name="minus" size={18} />{rows[block.at]?.text}</p>;
        return (
          <ol key={block.at} className={classes.list} aria-label={t.notes.lines}>
            {block.items.map((at) => (
              <Statement
                key={at} row={rows[at]!} at={at} of={rows.length} chosen={chosen === at} first={chosen < 0 && at === statements[0]}
                placed={placed.filter((one) => one.row === at)} voice={voice} busy={busy} draft={draft} {...acts}
              />
            ))}
          </ol>
        );
      })}
    </div>
  );
}
