import type { Word } from '../api/types';

/** What is marked for the reader. Heard words carry the probability that they were said; words of a page, Tesseract's own scale. */
const UNSURE_BELOW = { heard: 0.85, read: 0.6 };
const PAUSE_MS = 450;
const LONGEST_ROW = 40;

export interface WordRow { first: number; last: number; label: string | null; page: number }

export function isUnsure(word: Word): boolean {
  return word.confidence < (word.line === undefined ? UNSURE_BELOW.heard : UNSURE_BELOW.read);
}

export interface Range { from: number; to: number }

/**
 * Where the words that the machine was not sure of stand in a text that was made from them. Drafts keep the order of words and may
 * leave some out or write them otherwise; what is not found is not marked.
 */
export function unsureIn(text: string, words: readonly Word[], behind: readonly number[]): Range[] {
  const tokens = [...text.matchAll(/[\p{L}\p{N}¢$%'’]+/gu)].map((match) => ({ text: match[0].toLowerCase(), from: match.index, to: match.index + match[0].length }));
  const found: Range[] = [];
  let next = 0;
  for (const index of behind) {
    const word = words[index];
    const wanted = word?.text.toLowerCase().match(/[\p{L}\p{N}¢$%'’]+/gu) ?? [];
    for (const part of wanted) {
      const at = tokens.findIndex((token, i) => i >= next && token.text === part);
      if (at < 0) continue;
      next = at + 1;
      if (word && isUnsure(word)) found.push({ from: tokens[at]!.from, to: tokens[at]!.to });
    }
  }
  return found;
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
