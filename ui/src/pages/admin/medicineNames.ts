/** What is typed or pasted into the list of medicines, checked as the server will check it, so that the page can name the line. */
export const NAMES_AT_ONCE = 500;
const NAME_BYTES = 100;
const NOTE_BYTES = 200;

export type NameFault = 'long' | 'short' | 'start' | 'hidden';
export interface Names { lines: string[]; fault: { line: number; what: NameFault } | null }

const bytes = (text: string) => new TextEncoder().encode(text).length;
// eslint-disable-next-line no-control-regex -- these are what is looked for
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/;

function faultOf(line: string): NameFault | null {
  const [name = '', ...rest] = line.split('\t');
  if (hidden.test(line)) return 'hidden';
  if (bytes(name.trim()) > NAME_BYTES || bytes(rest.join('\t').trim()) > NOTE_BYTES) return 'long';
  if (bytes(name.trim()) < 2) return 'short';
  return /^[\p{L}\p{M}\p{N}]/u.test(name.trim()) ? null : 'start';
}

/** The lines that say something; the first fault, by its line as the person sees it. */
export function readNames(text: string): Names {
  const lines: string[] = [];
  for (const [i, row] of text.split(/\r\n?|\n/).entries()) {
    const line = row.trim();
    if (line === '') continue;
    const what = faultOf(line);
    if (what) return { lines: [], fault: { line: i + 1, what } };
    lines.push(line);
  }
  return { lines, fault: null };
}

export const inPieces = (lines: string[], size = NAMES_AT_ONCE): string[] =>
  Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => lines.slice(i * size, (i + 1) * size).join('\n'));
