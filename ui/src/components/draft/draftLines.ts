import type { DraftLine } from '../../api/types';

/** One line as the doctor edits it; `origins` are the machine's lines it came from. */
export interface EditLine { key: number; text: string; origins: number[] }
export type Mark = 'ok' | 'open' | 'rewritten' | 'added';

/** What the machine made: its lines with their evidence, and all rows of its text (headings are in no line). */
export interface MachineDraft { lines: readonly DraftLine[]; rows: ReadonlySet<string> }

const ENOUGH = 0.6;
let lastKey = 0;
export const newLine = (text: string, origins: number[] = []): EditLine => ({ key: (lastKey += 1), text, origins });

export const normal = (text: string) =>
  text.trim().replace(/^(?:[-•*]\s+|\d{1,2}[.)]\s+)/, '').replace(/\s+/g, ' ').toLowerCase();

export const machineDraft = (lines: readonly DraftLine[], text: string): MachineDraft =>
  ({ lines, rows: new Set(text.split(/\r?\n/).map(normal).filter(Boolean)) });

/** A heading is what the machine wrote without tying it to any word; blank rows part its sections. */
export const isHeading = (line: EditLine, machine: MachineDraft) =>
  line.origins.length === 0 && machine.rows.has(normal(line.text));

const words = (text: string) => normal(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Share of common words, 0..1 (Dice). */
export function likeness(a: string, b: string): number {
  const left = words(a);
  const right = words(b);
  if (left.length === 0 || right.length === 0) return 0;
  const pool = [...right];
  let common = 0;
  for (const word of left) {
    const at = pool.indexOf(word);
    if (at >= 0) { pool.splice(at, 1); common += 1; }
  }
  return (2 * common) / (left.length + right.length);
}

/**
 * Splits a draft into lines and ties each to the machine's lines: by the same text, by containing it, or (for a draft
 * that was edited earlier) by enough words in common. A machine line is used once.
 */
export function splitDraft(text: string, machine: readonly DraftLine[]): EditLine[] {
  const rows = text.split(/\r?\n/).map((row) => row.trimEnd());
  while (rows.length > 1 && rows.at(-1) === '') rows.pop();
  const free = new Set(machine.map((_, i) => i));
  const take = (indexes: number[]) => { indexes.forEach((i) => free.delete(i)); return indexes; };
  const lines = rows.map((row) => newLine(row));

  for (const line of lines) {
    const wanted = normal(line.text);
    if (wanted === '') continue;
    const same = [...free].find((i) => normal(machine[i]?.text ?? '') === wanted);
    if (same !== undefined) { line.origins = take([same]); continue; }
    const inside = [...free].filter((i) => {
      const part = normal(machine[i]?.text ?? '');
      return part.length > 3 && wanted.includes(part);
    });
    line.origins = take(inside);
  }
  for (const line of lines) {
    if (line.origins.length > 0 || normal(line.text) === '') continue;
    const best = [...free]
      .map((i) => ({ i, score: likeness(line.text, machine[i]?.text ?? '') }))
      .sort((a, b) => b.score - a.score)[0];
    if (best && best.score >= ENOUGH) line.origins = take([best.i]);
  }
  return lines;
}

export const joinDraft = (lines: readonly EditLine[]) => lines.map((line) => line.text.trimEnd()).join('\n').trim();

/** The machine's lines behind a line that it did not understand and that nobody has changed since. */
export function openOrigins(line: EditLine, machine: readonly DraftLine[]): DraftLine[] {
  const present = normal(line.text);
  return line.origins
    .map((i) => machine[i])
    .filter((from): from is DraftLine => from !== undefined && !from.understood && present.includes(normal(from.text)));
}

export function markOf(line: EditLine, machine: MachineDraft): Mark {
  if (line.text.trim() === '' || isHeading(line, machine)) return 'ok';
  if (line.origins.length === 0) return 'added';
  if (openOrigins(line, machine.lines).length > 0) return 'open';
  const changed = !line.origins.some((i) => normal(line.text).includes(normal(machine.lines[i]?.text ?? '')));
  return changed ? 'rewritten' : 'ok';
}

/** The words a line rests on, as indexes. */
export function wordsBehind(line: EditLine | null, machine: readonly DraftLine[]): number[] {
  if (!line) return [];
  const found = new Set<number>();
  for (const origin of line.origins) {
    for (const [first, last] of machine[origin]?.spans ?? []) for (let i = first; i <= last; i += 1) found.add(i);
  }
  return [...found].sort((a, b) => a - b);
}

/** Names like one that was read and is on no list of medicines, as long as that name still stands in the line. */
export interface Suggestion { written: string; names: string[] }

const at = (text: string, name: string) => text.toLowerCase().indexOf(name.toLowerCase());

export function suggestionsFor(line: EditLine, machine: readonly DraftLine[]): Suggestion | null {
  for (const origin of line.origins) {
    const medicine = machine[origin]?.medicine;
    if (medicine && medicine.name !== '' && medicine.suggestions.length > 0 && at(line.text, medicine.name) >= 0)
      return { written: medicine.name, names: medicine.suggestions.map((name) => dressed(name, medicine.name)) };
  }
  return null;
}

/** With a capital where the written name has one. */
const dressed = (name: string, written: string) =>
  (/^\p{Lu}/u.test(written) ? name.charAt(0).toUpperCase() + name.slice(1) : name);

export function putName(text: string, written: string, name: string): string {
  const from = at(text, written);
  return from < 0 ? text : text.slice(0, from) + name + text.slice(from + written.length);
}
