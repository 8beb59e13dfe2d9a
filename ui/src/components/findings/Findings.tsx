import type { Finding } from '../../api/types';
import { useTexts } from '../../texts';
import { Icon } from '../Icon';
import { Note } from '../Page';
import classes from './Findings.module.css';
import type { Range } from '../words';
import { isOpen, markRow, type Placed } from './findings';

export type Source = 'audio' | 'image';
export const findingId = (number: number) => `finding-${number}`;

/** The open ones as a list to jump by; what the state is when none is open. */
export function FindingsList({ placed, onJump }: { placed: readonly Placed[]; onJump: (one: Placed) => void }) {
  const t = useTexts();
  const open = placed.filter((one) => isOpen(one.finding));
  if (open.length === 0) return placed.length === 0 ? null : <Note tone="good" icon="check"><p>{t.findings.allClear}</p></Note>;
  return (
    <Note tone="mark" icon="alert" title={t.findings.open(open.length)}>
      <ol className={classes.list}>
        {open.map((one) => (
          <li key={one.finding.number}>
            <button type="button" onClick={() => onJump(one)}>
              {one.row < 0 ? t.findings.jumpWhole(t.findings.kinds[one.finding.kind])
                : t.findings.jump(t.findings.kinds[one.finding.kind], one.finding.text)}
            </button>
          </li>
        ))}
      </ol>
    </Note>
  );
}

/** One finding under its line: what is doubtful, why, and the two ways to deal with it. */
export function FindingNote({ finding, source, question, busy, onConfirm, onEdit, onEvidence }: {
  finding: Finding; source: Source; question?: string | null; busy: boolean;
  onConfirm: (() => void) | null; onEdit: (() => void) | null;
  /** Plays or shows what the line rests on; left out where it rests on nothing. */
  onEvidence?: (() => void) | null;
}) {
  const t = useTexts();
  const kind = t.findings.kinds[finding.kind];
  const whole = finding.kind === 'unchecked';
  const shown = whole || finding.kind === 'not_understood' ? '' : finding.text;
  if (!isOpen(finding)) {
    return <p className={classes.done}><Icon name="check" size={18} />{t.findings.confirmedBy(kind, shown)}</p>;
  }
  return (
    <div id={findingId(finding.number)} className={classes.finding} role="group" aria-label={shown ? `${kind} ${t.findings.quoted(shown)}` : kind} tabIndex={-1} data-finding={finding.number}>
      <Icon name="alert" size={22} />
      <p><strong>{kind}{shown && ` ${t.findings.quoted(shown)}`}.</strong> {question ?? t.findings.why[source][finding.kind]}</p>
      {(onConfirm || onEdit) && (
        <div className={classes.tools}>
          {onConfirm && (
            <button type="button" disabled={busy} onClick={onConfirm} aria-label={t.findings.confirmLabel(whole ? t.findings.confirmWhole : t.findings.confirm, kind, shown)}>
              {whole ? t.findings.confirmWhole : t.findings.confirm}
            </button>
          )}
          {onEvidence && !whole && <button type="button" onClick={onEvidence}>{t.findings.evidence[source]}</button>}
          {onEdit && !whole && <button type="button" disabled={busy} onClick={onEdit}>{t.findings.edit}</button>}
        </div>
      )}
    </div>
  );
}

/** The text of a row with its findings marked, and the words underlined that the machine was not sure of. */
export function MarkedText({ row, placed, unsure }: { row: string; placed: readonly Placed[]; unsure?: readonly Range[] }) {
  return markRow(row, placed, unsure).map((piece, i) => (piece.finding
    ? <mark key={i} className={classes.mark} data-done={isOpen(piece.finding) ? undefined : ''}>{piece.text}</mark>
    : piece.unsure ? <span key={i} className={classes.unsure}>{piece.text}</span> : piece.text));
}

/** The underlined words for those who cannot see the line. */
export function UnsureWords({ id, row, unsure, source }: { id?: string; row: string; unsure: readonly Range[]; source: Source }) {
  const t = useTexts();
  return <p id={id} className="sr-only">{t.findings.unsure[source](unsure.map((one) => row.slice(one.from, one.to)).join(', '))}</p>;
}

/** Where there were findings before the doctor changed the line. */
export function AgainNote() {
  return <p className={classes.done}>{useTexts().findings.saveFirst}</p>;
}
