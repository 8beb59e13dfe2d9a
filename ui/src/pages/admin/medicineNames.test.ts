import { expect, test } from 'vitest';
import { inPieces, readNames } from './medicineNames';

test('lines that say something, with their notes', () => {
  expect(readNames(' Crocin 650\r\n\n Telma H\tblood pressure \n').lines).toEqual(['Crocin 650', 'Telma H\tblood pressure']);
  expect(readNames(' \n\t\n')).toEqual({ lines: [], fault: null });
});

test('the first fault, by the line the person sees', () => {
  for (const [line, what] of [['=SUM(A1)', 'start'], ['-2', 'start'], ['x'.repeat(101), 'long'], ['क'.repeat(34), 'long'], [`Good\t${'n'.repeat(201)}`, 'long'],
    ['A', 'short'], ['Zorb\u202einol', 'hidden'], ['Zorb\u0000inol', 'hidden']] as const)
    expect(readNames(`Good\n\n${line}\nAlso good`)).toEqual({ lines: [], fault: { line: 3, what } });
});

test('a long list goes in pieces that the server takes', () => {
  expect(inPieces([])).toEqual([]);
  expect(inPieces(['a', 'b', 'c'], 2)).toEqual(['a\nb', 'c']);
});
