import { NOT_DISCUSSED, type NoteEvidence } from '../../api/notes';
import {
  isHeading, machineDraft, markOf, normal, openOrigins, splitDraft, wordsBehind, type EditLine, type MachineDraft, type Mark,
} from '../../components/draft/draftLines';

/** `silent`: a section of which nothing was said; `blank` rows only part sections. */
export type Look = 'heading' | 'blank' | 'silent' | 'statement';
export interface ReadRow { line: EditLine; text: string; look: Look; mark: Mark; words: number[]; question: string | null }

const LONGEST_HEADING = 60;

/** For those who get the text alone: a short row without a full stop at the head of a paragraph is a heading. */
function headingsIn(text: string): string[] {
  const rows = text.split('\n').map((row) => row.trim());
  return rows.filter((row, i) => row !== '' && !rows[i - 1] && rows[i + 1] && row.length <= LONGEST_HEADING && !/[.!?:,;]$/.test(row));
}

/** The machine's side of a note: its lines, and which rows are its headings. */
export function machineOf(evidence: NoteEvidence | null | undefined, text = ''): MachineDraft {
  const titles = evidence?.sections?.map((section) => section.title) ?? headingsIn(text);
  return machineDraft(evidence?.lines ?? [], titles.join('\n'));
}

/** Row by row what a reader sees, each with the words of the recording that it rests on. */
export function readRows(text: string, machine: MachineDraft): ReadRow[] {
  return splitDraft(text, machine.lines).map((line) => {
    const heading = isHeading(line, machine);
    const look: Look = line.text.trim() === '' ? 'blank' : heading ? 'heading'
      : normal(line.text) === normal(NOT_DISCUSSED) ? 'silent' : 'statement';
    return {
      line, text: line.text, look, mark: look === 'statement' ? markOf(line, machine) : 'ok',
      words: look === 'statement' ? wordsBehind(line, machine.lines) : [],
      question: openOrigins(line, machine.lines).map((from) => from.question).filter(Boolean).join(' ') || null,
    };
  });
}

export interface DiffRow { text: string; side: 'both' | 'mine' | 'theirs' }
const TOO_MANY = 400_000;

/** What differs between two texts, line by line (longest common subsequence). */
export function diffLines(mine: string, theirs: string): DiffRow[] {
  const a = mine.split('\n');
  const b = theirs.split('\n');
  if (a.length * b.length > TOO_MANY) {
    return [...a.map((text) => ({ text, side: 'mine' as const })), ...b.map((text) => ({ text, side: 'theirs' as const }))];
  }
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const rows: DiffRow[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { rows.push({ text: a[i]!, side: 'both' }); i += 1; j += 1; }
    else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) { rows.push({ text: a[i]!, side: 'mine' }); i += 1; }
    else { rows.push({ text: b[j]!, side: 'theirs' }); j += 1; }
  }
  return rows;
}
