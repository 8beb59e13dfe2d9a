import { submissions } from '../../api/endpoints';
import type { Status, SubmissionRow, SubmissionType } from '../../api/types';

export type View = 'draft' | 'working' | 'returned' | 'approved' | 'failed';
export const views: View[] = ['draft', 'working', 'returned', 'approved', 'failed'];
const statesOf: Record<View, Status[]> = {
  draft: ['draft'], working: ['queued', 'processing'], returned: ['returned'], approved: ['approved'], failed: ['failed'],
};

export const CAP = 300;
export interface QueueList { rows: SubmissionRow[]; capped: boolean }

export type Order = 'oldest' | 'newest';

/** The rows of one view, from the end that is asked for, up to a cap; the page says when the cap was met. */
export async function loadView(view: View, type: SubmissionType | null, order: Order, signal: AbortSignal): Promise<QueueList> {
  const lists = await Promise.all(statesOf[view].map(async (status) => {
    const rows: SubmissionRow[] = [];
    let cursor: string | null = null;
    do {
      const page = await submissions.list({ scope: 'clinic', status, type, order, limit: 100, cursor }, signal);
      rows.push(...page.results);
      cursor = page.next_cursor;
      // nobody reads the oldest approved ones from a queue
    } while (cursor && rows.length < (view === 'approved' ? 100 : CAP));
    return { rows, capped: cursor !== null };
  }));
  return { rows: lists.flatMap((list) => list.rows), capped: lists.some((list) => list.capped) };
}

/** How many stand in each view, "100+" when there are more than one page. */
export async function loadCounts(signal: AbortSignal): Promise<Record<Exclude<View, 'approved'>, string>> {
  const count = async (view: View) => {
    const pages = await Promise.all(statesOf[view].map((status) =>
      submissions.list({ scope: 'clinic', status, limit: 100 }, signal)));
    const sum = pages.reduce((total, page) => total + page.results.length, 0);
    return pages.some((page) => page.next_cursor) ? `${sum}+` : String(sum);
  };
  const [draft, working, returned, failed] = await Promise.all([count('draft'), count('working'), count('returned'), count('failed')]);
  return { draft, working, returned, failed };
}

export function inOrder(rows: readonly SubmissionRow[], order: Order): SubmissionRow[] {
  const sign = order === 'oldest' ? 1 : -1;
  return [...rows].sort((a, b) => sign * a.created_at.localeCompare(b.created_at));
}
