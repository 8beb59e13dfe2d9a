import type { Word } from '../api/types';

/** What is marked for the reader. Heard words carry the probability that they were said; words of a page, Tesseract's own scale. */
const UNSURE_BELOW = { heard: 0.85, read: 0.6 };
const PAUSE_MS = 450;
const LONGEST_ROW = 40;

export interface WordRow { first: number; last: number; label: string | null; page: number }

export function isUnsure(word: Word): boolean {
  return word.confidence < (word.line === undefined ? UNSURE_BELOW.heard : UNSURE_BELOW.read);
}

/** Words as rows to read: a spoken pause or a line of the page begins a new one. */
export function rowsOf(words: readonly Word[], label: (word: Word) => string | null): WordRow[] {
  const rows: WordRow[] = [];
  words.forEach((word, i) => {
    const before = words[i - 1];
    const row = rows.at(-1);
    const sameLine = word.line !== undefined
      ? before?.line === word.line && before?.page === word.page
      : (word.start_ms ?? 0) - (before?.end_ms ?? 0) < PAUSE_MS && (row ? i - row.first < LONGEST_ROW : true);
    if (row && before && sameLine) row.last = i;
    else rows.push({ first: i, last: i, label: label(word), page: word.page ?? 0 });
  });
  return rows;
}

/** The word that is heard at a time, or -1 before the first; between two words the one just heard. */
export function wordAt(words: readonly Word[], ms: number): number {
  let low = 0;
  let high = words.length - 1;
  let found = -1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.start_ms ?? 0) <= ms) { found = middle; low = middle + 1; } else high = middle - 1;
  }
  return found;
}
