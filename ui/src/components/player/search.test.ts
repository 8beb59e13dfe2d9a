import { describe, expect, it } from 'vitest';
import type { Word } from '../../api/types';
import { findWords, indexesOf, timesOf } from './search';

const words = 'I take Metformin five hundred, and five tablets of naïve'.split(' ').map((text) => ({ text, confidence: 1 }) as Word);

describe('findWords', () => {
  it('finds words in a row, whatever their case, signs and accents', () => {
    expect(findWords(words, 'metformin FIVE')).toEqual([[2, 3]]);
    expect(findWords(words, 'five hundred and')).toEqual([[3, 5]]);
    expect(findWords(words, 'naive')).toEqual([[9, 9]]);
  });
  it('takes the last word of the query as begun, the others as whole', () => {
    expect(findWords(words, 'five')).toEqual([[3, 3], [6, 6]]);
    expect(findWords(words, 'five ta')).toEqual([[6, 7]]);
    expect(findWords(words, 'fi tablets')).toEqual([]);
  });
  it('finds nothing for nothing', () => {
    for (const query of ['', '   ', '…', 'x y z '.repeat(20)]) expect(findWords(words, query)).toEqual([]);
    expect(findWords([], 'a')).toEqual([]);
  });
});

describe('indexesOf', () => {
  it('joins spans in order', () => {
    expect(indexesOf([[5, 6], [1, 2], [2, 3]])).toEqual([1, 2, 3, 5, 6]);
    expect(indexesOf([])).toEqual([]);
  });
});

describe('timesOf', () => {
  const timed = [[0, 300], [400, 700], [9000, 9400], [9500, 9900]].map(([start_ms, end_ms]) => ({ text: 'x', confidence: 1, start_ms, end_ms }) as Word);
  it('joins what is near, keeps apart what is far, starts never before the beginning', () => {
    expect(timesOf(timed, [0, 1, 2, 3])).toEqual([[0, 900], [8850, 10_100]]);
    expect(timesOf(timed, [3])).toEqual([[9350, 10_100]]);
    expect(timesOf([...timed, { text: 'y', confidence: 1 }], [4, 9])).toEqual([]);
  });
});
