import type { AccessRow } from '../../api/types';

/** What one person did within one minute; each act with how often. */
export interface Looks { at: string; who: string; role: string; acts: { action: string; resource_type: string; count: number }[] }

const minuteOf = (iso: string) => Math.floor(new Date(iso).getTime() / 60_000);

/** Opening one submission is several looks at once: rows that stand together, by the same person in the same minute, are told in one. */
export function gatherLooks(rows: readonly AccessRow[]): Looks[] {
  const all: Looks[] = [];
  for (const row of rows) {
    let last = all.at(-1);
    if (last?.who !== row.who || minuteOf(last.at) !== minuteOf(row.at)) all.push(last = { at: row.at, who: row.who, role: row.role, acts: [] });
    const same = last.acts.find((act) => act.action === row.action && act.resource_type === row.resource_type);
    if (same) same.count += row.count;
    else last.acts.push({ action: row.action, resource_type: row.resource_type, count: row.count });
  }
  return all;
}
