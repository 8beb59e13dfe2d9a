import { memo, useEffect, useMemo, useRef, type KeyboardEvent, type SyntheticEvent } from 'react';
import type { Word } from '../api/types';
import { useTexts } from '../texts';
import { clock } from './time';
import { isUnsure, rowsOf, type WordRow } from './words';
import classes from './WordFlow.module.css';

interface Props {
  words: readonly Word[];
  label: string;
  /** Indexes of the words that the chosen line of the draft rests on. */
  evidence: readonly number[];
  /** The word that is heard or pointed at; -1 for none. */
  active: number;
  onPick: (index: number) => void;
  onPoint: (index: number) => void;
}

// Thousands of words must not be rendered again each time the voice moves on: the marks are set on the elements.
const Words = memo(function Words({ words, rows, sure }: { words: readonly Word[]; rows: WordRow[]; sure: (percent: number) => string }) {
  return rows.map((row) => (
    <p key={row.first} className={classes.row}>
      {row.label !== null && <span className={classes.label} aria-hidden="true">{row.label}</span>}
      <span className={classes.text}>
        {words.slice(row.first, row.last + 1).map((word, j) => {
          const unsure = isUnsure(word);
          const note = unsure ? sure(Math.round(word.confidence * 100)) : undefined;
          return (
            <button
              key={j} type="button" className={classes.word} data-i={row.first + j} data-unsure={unsure || undefined}
              tabIndex={row.first + j === 0 ? 0 : -1} title={note} aria-label={note ? `${word.text}, ${note}` : undefined}
            >
              {word.text}
            </button>
          );
        })}
      </span>
    </p>
  ));
});

const indexOf = (target: EventTarget | null): number => {
  const word = target instanceof Element ? target.closest<HTMLElement>('[data-i]') : null;
  return word ? Number(word.dataset.i) : -1;
};

/** Keeps an element in view inside its scrolling box without moving the page. */
export function scrollInside(box: HTMLElement, element: HTMLElement): void {
  if (box.scrollHeight <= box.clientHeight + 1) return;
  const outer = box.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  if (inner.top < outer.top + 24) box.scrollTop += inner.top - outer.top - 24;
  else if (inner.bottom > outer.bottom - 24) box.scrollTop += inner.bottom - outer.bottom + 24;
}

export function WordFlow({ words, label, evidence, active, onPick, onPoint }: Props) {
  const t = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () => rowsOf(words, (word) => (word.start_ms === undefined ? null : clock(word.start_ms))), [words],
  );
  // Looked up once for each set of words; a query for each of many thousand would be felt while typing.
  const found = useRef<{ of: readonly Word[]; elements: NodeListOf<HTMLElement> } | null>(null);
  const element = (i: number): HTMLElement | null => {
    if (!box.current) return null;
    if (found.current?.of !== words) found.current = { of: words, elements: box.current.querySelectorAll('[data-i]') };
    return found.current.elements[i] ?? null;
  };

  useEffect(() => {
    const word = active < 0 ? null : element(active);
    word?.setAttribute('data-active', '');
    if (word && box.current) scrollInside(box.current, word);
    return () => word?.removeAttribute('data-active');
  }, [active, words]);

  useEffect(() => {
    const marked = evidence.map((i) => element(i)).filter((word) => word !== null);
    marked.forEach((word) => word.setAttribute('data-evidence', ''));
    if (marked[0] && box.current) scrollInside(box.current, marked[0]);
    return () => marked.forEach((word) => word.removeAttribute('data-evidence'));
  }, [evidence, words]);

  // One tab stop for all words; arrow keys walk.
  const focusWord = (i: number) => {
    const next = element(Math.min(words.length - 1, Math.max(0, i)));
    if (!next) return;
    box.current?.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = indexOf(event.target);
    if (at < 0) return;
    const row = rows.findIndex((one) => at >= one.first && at <= one.last);
    const steps: Record<string, number> = {
      ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: words.length - 1,
      ArrowDown: rows[row + 1]?.first ?? at, ArrowUp: rows[row - 1]?.first ?? 0,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    focusWord(next);
  };
  const point = (event: SyntheticEvent) => onPoint(indexOf(event.target));
  const pick = (event: SyntheticEvent) => {
    const at = indexOf(event.target);
    if (at >= 0) { focusWord(at); onPick(at); }
  };

  return (
    // The handlers only listen for what bubbles up from the word buttons.
    <div
      ref={box} className={classes.flow} role="group" aria-label={label} onClick={pick} onKeyDown={onKeyDown}
      onPointerOver={point} onPointerLeave={() => onPoint(-1)} onFocus={point} onBlur={() => onPoint(-1)}
    >
      <Words words={words} rows={rows} sure={t.doctor.confidence} />
    </div>
  );
}
