import { describe, expect, it } from 'vitest';
import type { Finding } from '../../api/types';
import { markRow, nextOpen, placeFindings } from './findings';

const bytes = (text: string) => new TextEncoder().encode(text).length;
const find = (text: string, wanted: string, number = 1, more: Partial<Finding> = {}): Finding => {
  const at = bytes(text.slice(0, text.indexOf(wanted)));
  return { number, kind: 'dose', at, length: bytes(wanted), text: wanted, resolution: null, ...more };
};

describe('placeFindings', () => {
  const text = 'Plan\nTake “Dolo” 650 mg, 38.5 °C – ओके 🤒 then 2 tablets.\nRest.';
  it('counts bytes, whatever stands before', () => {
    for (const wanted of ['Dolo', '650 mg', '2 tablets', 'Rest']) {
      const [one] = placeFindings(text, [find(text, wanted)]);
      expect(text.split('\n')[one!.row]!.slice(one!.from, one!.to)).toBe(wanted);
    }
  });
  it('shows what has no place, or a wrong one, with the whole text', () => {
    const odd = [find(text, 'Dolo', 1, { kind: 'unchecked' }), find(text, 'Dolo', 2, { length: 0 }), find(text, 'Dolo', 3, { at: 100_000 })];
    expect(placeFindings(text, odd).map((one) => one.row)).toEqual([-1, -1, -1]);
    const cut = placeFindings('ab\ncd', [{ ...find('ab\ncd', 'b'), length: 50 }])[0]!;
    expect([cut.row, cut.from, cut.to]).toEqual([0, 1, 2]);
  });
});

describe('markRow', () => {
  it('cuts at the marks and loses no letter', () => {
    const row = 'Take 5 mg of X, 5 mg.';
    const placed = placeFindings(row, [find(row, 'X', 2), find(row, '5 mg', 1), find(row, '5 mg of', 3)]);
    const pieces = markRow(row, placed);
    expect(pieces.map((piece) => piece.text).join('')).toBe(row);
    expect(pieces.filter((piece) => piece.finding).map((piece) => [piece.finding!.number, piece.text])).toEqual([[1, '5 mg'], [2, 'X']]);
    expect(markRow('', [])).toEqual([{ text: '', finding: null, unsure: false }]);
  });
  it('underlines what is not sure beside the marks, and not in them', () => {
    const row = 'Take 5 mg of X now.';
    const pieces = markRow(row, placeFindings(row, [find(row, '5 mg', 1)]), [{ from: 0, to: 4 }, { from: 5, to: 6 }, { from: 13, to: 14 }]);
    expect(pieces.map((piece) => piece.text).join('')).toBe(row);
    expect(pieces.filter((piece) => piece.unsure).map((piece) => piece.text)).toEqual(['Take', 'X']);
  });
});

describe('nextOpen', () => {
  it('goes round through the open ones in the order of the text', () => {
    const text = 'a 1\nb 2\nc 3';
    const placed = placeFindings(text, [find(text, '3', 7), find(text, '1', 8), find(text, '2', 9, { resolution: 'confirmed' })]);
    expect(nextOpen(placed, null)?.finding.number).toBe(8);
    expect(nextOpen(placed, 8)?.finding.number).toBe(7);
    expect(nextOpen(placed, 7)?.finding.number).toBe(8);
    expect(nextOpen(placed, 8, -1)?.finding.number).toBe(7);
    expect(nextOpen(placed, null, -1)?.finding.number).toBe(7);
    expect(nextOpen(placed.filter((one) => one.finding.resolution), null)).toBeNull();
  });
});
