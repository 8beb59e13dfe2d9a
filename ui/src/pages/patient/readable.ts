export type Block = { kind: 'heading'; text: string } | { kind: 'list'; items: string[] };

const LONGEST_HEADING = 60;
const NOT_UNDERSTOOD = /\s*\[not understood\]$/;

/** A direction without the machine's mark; `copied`: the machine did not understand it, and the doctor let its words stand. */
export function direction(line: string): { text: string; copied: boolean } {
  return { text: line.replace(NOT_UNDERSTOOD, ''), copied: NOT_UNDERSTOOD.test(line) };
}

/**
 * The approved text as blocks. A heading is a short line that ends in a colon, or (in a text of several paragraphs)
 * the first line of a paragraph when it is neither a sentence nor a dose. All other lines are directions.
 */
export function readableLines(text: string): Block[] {
  const paragraphs = text.split(/\r?\n\s*\r?\n/).map((part) => part.split(/\r?\n/).map((line) => line.trim()).filter(Boolean));
  const several = paragraphs.length > 1;
  const blocks: Block[] = [];
  for (const lines of paragraphs) {
    lines.forEach((line, i) => {
      const short = line.length <= LONGEST_HEADING;
      if (short && line.endsWith(':')) blocks.push({ kind: 'heading', text: line.slice(0, -1) });
      else if (short && several && i === 0 && lines.length > 1 && !/[.!?]$|\d/.test(line)) blocks.push({ kind: 'heading', text: line });
      else {
        const item = line.replace(/^(?:[-•*]\s+|\d{1,2}[.)]\s+)/, '');
        const last = blocks.at(-1);
        if (last?.kind === 'list') last.items.push(item);
        else blocks.push({ kind: 'list', items: [item] });
      }
    });
  }
  return blocks;
}
