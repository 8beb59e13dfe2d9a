export type Block = { kind: 'heading'; text: string } | { kind: 'list'; items: string[] };

/** The approved text as blocks: a line that ends in a colon heads what follows, all others are directions. */
export function readableLines(text: string): Block[] {
  const blocks: Block[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.endsWith(':') && line.length <= 60) {
      blocks.push({ kind: 'heading', text: line.slice(0, -1) });
      continue;
    }
    const item = line.replace(/^(?:[-•*]\s+|\d{1,2}[.)]\s+)/, '');
    const last = blocks.at(-1);
    if (last?.kind === 'list') last.items.push(item);
    else blocks.push({ kind: 'list', items: [item] });
  }
  return blocks;
}
