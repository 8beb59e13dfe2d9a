import { Textarea } from '@mantine/core';
import { useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Icon } from '../Icon';
import { useTexts } from '../../texts';
import { isHeading, markOf, newLine, openOrigins, putName, suggestionsFor, wordsBehind, type EditLine, type MachineDraft } from './draftLines';
import { Suggestions } from './Suggestions';
import classes from './Draft.module.css';

interface Props {
  lines: EditLine[];
  machine: MachineDraft;
  onChange: (lines: EditLine[]) => void;
  chosen: number | null;
  onChoose: (key: number | null) => void;
  /** Plays the words behind a line; null where there is nothing to play. */
  onHear: ((line: EditLine) => void) | null;
  disabled: boolean;
  /** What stands under a line instead of the plain mark "not understood": its findings. Null for none. */
  below?: (line: EditLine) => ReactNode;
  /** Escape in a line; without it the line only loses the focus. */
  onLeave?: () => void;
  /** The same text with its findings marked, laid under the field; null where there is none. */
  marked?: (line: EditLine) => ReactNode;
  /** The words of a line that were not surely heard or read, said for those who cannot see the line under them. */
  unsure?: (line: EditLine, id: string) => ReactNode;
}

export const lineId = (key: number) => `draft-line-${key}`;
const fieldOf = (key: number) => document.getElementById(lineId(key)) as HTMLTextAreaElement | null;

/**
 * The draft, one field a line, so that a mark, its question and its evidence stay beside the line they belong to.
 * Enter splits a line, Backspace at its start joins it to the one above, the arrow keys walk between lines.
 */
export function DraftEditor({ lines, machine, onChange, chosen, onChoose, onHear, disabled, below, marked, unsure, onLeave }: Props) {
  const t = useTexts();
  const list = useRef<HTMLOListElement>(null);

  // After the list has changed, the caret goes where a text editor would put it.
  const caretTo = (key: number, at: number) => requestAnimationFrame(() => {
    const field = fieldOf(key);
    field?.focus();
    field?.setSelectionRange(at, at);
  });
  const edit = (key: number, text: string) => {
    const rows = text.split(/\r?\n/);
    if (rows.length === 1) return onChange(lines.map((line) => (line.key === key ? { ...line, text } : line)));
    // pasted text with several lines becomes several lines
    const added = rows.slice(1).map((row) => newLine(row));
    onChange(lines.flatMap((line) => (line.key === key ? [{ ...line, text: rows[0] ?? '' }, ...added] : [line])));
    const last = added.at(-1);
    if (last) caretTo(last.key, last.text.length);
  };
  const remove = (at: number) => {
    const next = lines[at + 1] ?? lines[at - 1];
    onChange(lines.length === 1 ? [newLine('')] : lines.filter((_, i) => i !== at));
    if (next) caretTo(next.key, next.text.length);
  };
  const addAfter = (at: number, text = '', origins: number[] = []) => {
    const line = newLine(text, origins);
    onChange([...lines.slice(0, at + 1), line, ...lines.slice(at + 1)]);
    caretTo(line.key, 0);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>, at: number) => {
    const field = event.currentTarget;
    const line = lines[at];
    if (!line || event.nativeEvent.isComposing) return;
    const { selectionStart: start, selectionEnd: end } = field;
    const alone = start === end;
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const rest = newLine(line.text.slice(end));
      onChange(lines.flatMap((one) => (one.key === line.key ? [{ ...one, text: one.text.slice(0, start) }, rest] : [one])));
      caretTo(rest.key, 0);
    } else if (event.key === 'Backspace' && alone && start === 0 && at > 0) {
      event.preventDefault();
      const above = lines[at - 1];
      if (!above) return;
      const joined = { ...above, text: above.text + line.text, origins: [...new Set([...above.origins, ...line.origins])] };
      onChange(lines.flatMap((one) => (one.key === above.key ? [joined] : one.key === line.key ? [] : [one])));
      caretTo(above.key, above.text.length);
    } else if (event.key === 'ArrowUp' && alone && start === 0 && lines[at - 1]) {
      event.preventDefault();
      caretTo(lines[at - 1]!.key, lines[at - 1]!.text.length);
    } else if (event.key === 'ArrowDown' && alone && end === line.text.length && lines[at + 1]) {
      event.preventDefault();
      caretTo(lines[at + 1]!.key, 0);
    } else if (event.key === 'Escape') {
      field.blur();
      onLeave?.();
    }
  };

  return (
    <ol ref={list} className={classes.lines}>
      {lines.map((line, at) => {
        const mark = markOf(line, machine);
        const asks = openOrigins(line, machine.lines);
        const noteId = `${lineId(line.key)}-note`;
        const unsureId = `${lineId(line.key)}-unsure`;
        const doubtful = unsure?.(line, unsureId) ?? null;
        const number = t.doctor.line(at + 1, lines.length);
        const linked = wordsBehind(line, machine.lines).length > 0;
        const under = below?.(line) ?? null;
        const like = disabled ? null : suggestionsFor(line, machine.lines);
        const look = line.text.trim() === '' ? 'blank' : isHeading(line, machine) ? 'heading' : undefined;
        return (
          <li key={line.key} className={classes.line} data-mark={mark} data-look={look} data-chosen={chosen === line.key || undefined}>
            <div className={classes.field}>
              <div className={classes.text}>
              {(under || doubtful) && <div className={classes.backdrop} aria-hidden="true">{marked?.(line)}</div>}
              <Textarea
                id={lineId(line.key)} aria-label={number} aria-describedby={[doubtful && unsureId, (mark !== 'ok' || under) && noteId].filter(Boolean).join(' ') || undefined} autosize minRows={1}
                variant="unstyled" value={line.text} disabled={disabled} spellCheck maxLength={4000}
                onFocus={() => onChoose(line.key)} onChange={(event) => edit(line.key, event.currentTarget.value)}
                onKeyDown={(event) => onKeyDown(event, at)}
              />
              </div>
              <span className={classes.lineTools}>
                {onHear && linked && (
                  <button type="button" onClick={() => { onChoose(line.key); onHear(line); }} aria-label={`${t.doctor.lineHear}: ${number}`} title={t.doctor.lineHear}>
                    <Icon name="play" size={18} />
                  </button>
                )}
                {!disabled && (
                  <button type="button" onClick={() => remove(at)} aria-label={`${t.doctor.lineRemove}: ${number}`} title={t.doctor.lineRemove}>
                    <Icon name="cross" size={18} />
                  </button>
                )}
              </span>
            </div>
            {doubtful}
            {like && (
              <Suggestions
                suggestion={like} line={number}
                onPut={(written, name) => {
                  const text = putName(line.text, written, name);
                  edit(line.key, text);
                  caretTo(line.key, text.indexOf(name) + name.length);
                }}
              />
            )}
            {under && <div id={noteId}>{under}</div>}
            {mark === 'open' && !under && (
              <p id={noteId} className={classes.note}>
                <Icon name="alert" size={20} />
                <span><strong>{t.doctor.notUnderstood}.</strong> {asks.map((from) => from.question).filter(Boolean).join(' ') || t.doctor.notUnderstoodPlain}</span>
              </p>
            )}
            {mark === 'rewritten' && !under && <p id={noteId} className={classes.quiet}>{t.doctor.rewritten}</p>}
            {mark === 'added' && !under && <p id={noteId} className={classes.quiet}>{t.doctor.added}</p>}
          </li>
        );
      })}
      {!disabled && (
        <li className={classes.addLine}>
          <button type="button" onClick={() => addAfter(lines.length - 1)}><Icon name="plus" size={20} />{t.doctor.lineAdd}</button>
        </li>
      )}
    </ol>
  );
}
