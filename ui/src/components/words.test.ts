import { describe, expect, it } from 'vitest';
import type { Word } from '../api/types';
import { peaks } from './player/waveform';
import { isUnsure, rowsOf, unsureIn, wordAt } from './words';

const said = (text: string, start_ms: number, end_ms: number): Word => ({ text, start_ms, end_ms, confidence: 1 });
const words = [said('good', 100, 300), said('morning', 320, 600), said('i', 1500, 1600), said('have', 1620, 1800)];

describe('rowsOf', () => {
  it('begins a new row at a pause', () => {
    expect(rowsOf(words, () => null).map((row) => [row.first, row.last])).toEqual([[0, 1], [2, 3]]);
  });
  it('follows the lines and pages of a page', () => {
    const read = [0, 0, 1, 1].map((line, i): Word => ({ text: 'x', page: i === 3 ? 1 : 0, line, confidence: 1 }));
    expect(rowsOf(read, () => null).map((row) => [row.first, row.last])).toEqual([[0, 1], [2, 2], [3, 3]]);
  });
  it('copes with no words', () => expect(rowsOf([], () => null)).toEqual([]));
});

describe('isUnsure', () => {
  it('asks more of a heard word than of a read one, whose scale is another', () => {
    expect([0.84, 0.85].map((confidence) => isUnsure({ ...said('x', 1, 2), confidence }))).toEqual([true, false]);
    expect([0.59, 0.6].map((confidence) => isUnsure({ text: 'x', page: 0, line: 3, confidence }))).toEqual([true, false]);
  });
});

describe('wordAt', () => {
  it('is the word just heard, -1 before the first', () => {
    expect([0, 100, 310, 700, 1550, 99_999].map((ms) => wordAt(words, ms))).toEqual([-1, 0, 0, 1, 2, 3]);
    expect(wordAt([], 5)).toBe(-1);
  });
});

describe('peaks', () => {
  it('are scaled to the loudest', () => {
    expect(peaks(new Float32Array([0, 0.5, -0.25, 0]), 2)).toEqual([1, 0.5]);
    expect(peaks(new Float32Array(4), 2)).toEqual([0, 0]);
  });
});

describe('unsureIn', () => {
  const heard = (text: string, confidence: number): Word => ({ ...said(text, 0, 1), confidence });
  const all = [heard('i', 0.9), heard('took', 0.4), heard('a', 0.9), heard('tablet', 0.9), heard('a', 0.3), heard('day', 0.9), heard('o', 0.1)];
  const marked = (text: string, behind = all.map((_, i) => i)) => unsureIn(text, all, behind).map((one) => [text.slice(one.from, one.to), one.from]);
  it('finds the words that were not sure where the draft has them, in their order', () => {
    expect(marked('The patient took a tablet a day.')).toEqual([['took', 12], ['a', 26]]);
  });
  it('marks nothing that the draft says otherwise, and no part of a word', () => {
    expect(marked('Tablets daily, today.')).toEqual([]);
    expect(marked('The patient took a tablet a day.', [3, 5])).toEqual([]);
    expect(unsureIn('x', [], [4])).toEqual([]);
  });
});
