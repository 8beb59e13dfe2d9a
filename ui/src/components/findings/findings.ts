import type { Finding } from '../../api/types';
import type { Range } from '../words';

/** A finding in the text as it is shown: its row (-1: the whole text) and its place in that row in UTF-16 units. */
export interface Placed { finding: Finding; row: number; from: number; to: number }

export const isOpen = (finding: Finding) => finding.resolution === null;
export const openOnes = (findings: readonly Finding[]) => findings.filter(isOpen);

/** Finds the row of each finding. The server counts bytes of UTF-8, the browser units of UTF-16. */
export function placeFindings(text: string, findings: readonly Finding[]): Placed[] {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const before = (at: number) => decoder.decode(bytes.subarray(0, Math.max(0, Math.min(at, bytes.length)))).length;
  const rows = text.split('\n');
  const starts: number[] = [];
  let start = 0;
  for (const row of rows) { starts.push(start); start += row.length + 1; }

  return findings.map((finding) => {
    if (finding.kind === 'unchecked' || finding.length === 0 || finding.at >= bytes.length) return { finding, row: -1, from: 0, to: 0 };
    const from = before(finding.at);
    const row = starts.findLastIndex((one) => one <= from);
    const inRow = from - (starts[row] ?? 0);
    const length = rows[row]?.length ?? 0;
    return { finding, row, from: Math.min(inRow, length), to: Math.min(before(finding.at + finding.length) - (starts[row] ?? 0), length) };
  });
}

export interface Piece { text: string; finding: Finding | null; unsure: boolean }

/** A row cut into pieces, so that what was found or surely neither heard nor read can be marked; what overlaps keeps the first mark. */
export function markRow(row: string, placed: readonly Placed[], unsure: readonly Range[] = []): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const plain = (to: number) => {
    for (const one of unsure) {
      if (one.from < at || one.to > to) continue;
      if (one.from > at) pieces.push({ text: row.slice(at, one.from), finding: null, unsure: false });
      pieces.push({ text: row.slice(one.from, one.to), finding: null, unsure: true });
      at = one.to;
    }
    if (at < to) pieces.push({ text: row.slice(at, to), finding: null, unsure: false });
    at = to;
  };
  for (const one of [...placed].sort((a, b) => a.from - b.from)) {
    if (one.from < at || one.to <= one.from) continue;
    plain(one.from);
    pieces.push({ text: row.slice(one.from, one.to), finding: one.finding, unsure: false });
    at = one.to;
  }
  plain(row.length);
  if (pieces.length === 0) pieces.push({ text: '', finding: null, unsure: false });
  return pieces;
}

/** The next open finding after the one with this number (step -1: the one before), in the order of the text, round the end. */
export function nextOpen(placed: readonly Placed[], after: number | null, step: 1 | -1 = 1): Placed | null {
  const order = [...placed].sort((a, b) => step * (a.row - b.row || a.from - b.from));
  const at = order.findIndex((one) => one.finding.number === after);
  const turned = [...order.slice(at + 1), ...order.slice(0, at + 1)];
  return turned.find((one) => isOpen(one.finding)) ?? null;
}
