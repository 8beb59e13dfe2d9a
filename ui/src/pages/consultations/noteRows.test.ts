import { describe, expect, it } from 'vitest';
import type { NoteEvidence } from '../../api/notes';
import { diffLines, machineOf, readRows } from './noteRows';

const line = (text: string, spans: [number, number][], question: string | null = null) =>
  ({ text, spans, understood: question === null, question });
const evidence: NoteEvidence = {
  engine: { name: 'x', version: '1' },
  sections: [{ name: 'subjective', title: 'History', discussed: true }, { name: 'objective', title: 'Exam', discussed: false }],
  lines: [line('Fever since Monday.', [[2, 4]]), line('The black tablet.', [[7, 8]], 'Which tablet?'), line('Not discussed.', [])],
};
const text = 'History\nFever since Monday.\nThe black tablet.\n\nExam\nNot discussed.';

describe('readRows', () => {
  it('knows headings, statements with their words, and what was not discussed', () => {
    const rows = readRows(text, machineOf(evidence));
    expect(rows.map((row) => row.look)).toEqual(['heading', 'statement', 'statement', 'blank', 'heading', 'silent']);
    expect(rows[1]).toMatchObject({ words: [2, 3, 4], mark: 'ok' });
    expect(rows[2]).toMatchObject({ words: [7, 8], mark: 'open', question: 'Which tablet?' });
    expect(rows[5]).toMatchObject({ words: [], mark: 'ok' });
  });
  it('says what the doctor wrote, and what was rewritten', () => {
    const rows = readRows('History\nFever since Monday morning.\nBlood pressure taken at home.', machineOf(evidence));
    expect(rows.map((row) => row.mark)).toEqual(['ok', 'rewritten', 'added']);
  });
  it('reads a note without evidence as plain lines', () => {
    expect(readRows('A\nB.', machineOf(null)).map((row) => [row.look, row.mark])).toEqual([['statement', 'added'], ['statement', 'added']]);
    const bare = 'History\nFever.\n\nPlan\nNot discussed.\n\nCome back soon';
    expect(readRows(bare, machineOf(null, bare)).map((row) => row.look)).toEqual(['heading', 'statement', 'blank', 'heading', 'silent', 'blank', 'statement']);
    expect(readRows('', machineOf(undefined)).map((row) => row.look)).toEqual(['blank']);
  });
});

describe('diffLines', () => {
  it('keeps what is common, in order, and loses no line of either side', () => {
    expect(diffLines('a\nb\nc', 'a\nx\nc\nd')).toEqual([
      { text: 'a', side: 'both' }, { text: 'b', side: 'mine' }, { text: 'x', side: 'theirs' }, { text: 'c', side: 'both' }, { text: 'd', side: 'theirs' },
    ]);
    const mine = 'one\ntwo\ntwo\nthree';
    const theirs = 'two\nthree\nfour\none';
    const rows = diffLines(mine, theirs);
    expect(rows.filter((row) => row.side !== 'theirs').map((row) => row.text).join('\n')).toBe(mine);
    expect(rows.filter((row) => row.side !== 'mine').map((row) => row.text).join('\n')).toBe(theirs);
  });
  it('gives both sides whole when they are too long to compare', () => {
    const long = Array.from({ length: 900 }, (_, n) => `line ${n}`).join('\n');
    expect(diffLines(long, long).length).toBe(1800);
  });
});
