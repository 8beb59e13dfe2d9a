import type { Word } from '../../api/types';

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/**
 * Where the words of a query stand one after the other, as [first, last]; the last word of the query may be only begun,
 * so that results come while somebody types.
 */
export function findWords(words: readonly Word[], query: string): [number, number][] {
  const wanted = query.split(/\s+/).map(plain).filter(Boolean);
  if (wanted.length === 0) return [];
  const found: [number, number][] = [];
  const heard = words.map((word) => plain(word.text));
  for (let i = 0; i + wanted.length <= heard.length; i += 1) {
    const fits = wanted.every((part, j) => (j === wanted.length - 1 ? heard[i + j]?.startsWith(part) : heard[i + j] === part));
    if (fits) found.push([i, i + wanted.length - 1]);
  }
  return found;
}

/** All indexes of spans [first, last], in order and once. */
export function indexesOf(spans: readonly (readonly [number, number])[]): number[] {
  const all = new Set<number>();
  for (const [first, last] of spans) for (let i = first; i <= last; i += 1) all.add(i);
  return [...all].sort((a, b) => a - b);
}

const LEAD_MS = 150;
const TAIL_MS = 200;
const JOIN_MS = 1500;

/** The times to play for some words: pieces that are near each other are one piece. */
export function timesOf(words: readonly Word[], indexes: readonly number[]): [number, number][] {
  const times: [number, number][] = [];
  for (const i of indexes) {
    const word = words[i];
    if (word?.start_ms === undefined || word.end_ms === undefined) continue;
    const from = Math.max(0, word.start_ms - LEAD_MS);
    const last = times.at(-1);
    if (last && from - last[1] < JOIN_MS) last[1] = Math.max(last[1], word.end_ms + TAIL_MS);
    else times.push([from, word.end_ms + TAIL_MS]);
  }
  return times;
}
