import { useCallback, useEffect, useMemo, useState } from 'react';
import { submissions } from '../../api/endpoints';
import { asProblem, Problem } from '../../api/problem';
import type { DraftLine, Finding, Status, Submission } from '../../api/types';
import { joinDraft, machineDraft, splitDraft, type EditLine, type MachineDraft } from '../../components/draft/draftLines';
import { isOpen, openOnes, placeFindings, type Placed } from '../../components/findings/findings';

interface Opened { item: Submission; etag: string }
export type Busy = 'saving' | 'approving' | 'returning' | 'confirming' | null;
export type Outcome = 'approved' | 'returned' | null;

const noLines: DraftLine[] = [];
const noFindings: Finding[] = [];
const draftOf = (item: Submission) => (item.type === 'audio' ? item.doctor_summary : item.patient_instructions) ?? '';
const etagOf = (version: number, header: string | null) => header ?? `"v${version}"`;
const stale = new Set(['version_changed', 'version_required', 'review_first', 'wrong_state', 'approved_is_final']);
const movedOn = (error: unknown) => error instanceof Problem && (error.status === 412 || stale.has(error.code));

export interface Review {
  item: Submission | null; machine: MachineDraft; lines: EditLine[]; setLines: (lines: EditLine[]) => void;
  dirty: boolean; busy: Busy; problem: Problem | null; loadProblem: Problem | null; outcome: Outcome;
  /** The newer version that somebody else made, until the doctor has chosen. */
  conflict: Opened | null; keepMine: () => void; takeTheirs: () => void;
  /** What the guard found and still stands as it was found; `row` is the line's place among the present lines. */
  placed: Placed[];
  /** Lines with open findings that were changed since: the guard looks again when they are saved. */
  changed: ReadonlySet<number>;
  confirm: (number: number) => Promise<boolean>;
  save: () => Promise<boolean>;
  /** What the guard found in the text that was saved for it; 0: nothing stood in the way. */
  approve: () => Promise<number>; giveBack: (question: string) => Promise<boolean>;
  revert: () => void; reload: () => void;
}

/** One submission under review: what was opened, what the doctor made of it, and every act with its version. */
export function useReview(id: string, me: string): Review {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [lines, setLines] = useState<EditLine[]>([]);
  const [rowKeys, setRowKeys] = useState<number[]>([]); // the line of each row of the text as the server has it
  const [conflict, setConflict] = useState<Opened | null>(null);
  const [busy, setBusy] = useState<Busy>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loadProblem, setLoadProblem] = useState<Problem | null>(null);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [turn, setTurn] = useState(0);

  const open = useCallback(async (signal?: AbortSignal): Promise<Opened> => {
    const { data, etag } = await submissions.open(id, signal);
    return { item: data, etag: etagOf(data.version, etag) };
  }, [id]);
  const show = useCallback((next: Opened) => {
    const split = splitDraft(draftOf(next.item), next.item.evidence?.draft.lines ?? noLines);
    setOpened(next);
    setLines(split);
    setRowKeys(split.map((line) => line.key));
  }, []);

  useEffect(() => {
    const stop = new AbortController();
    setLoadProblem(null);
    open(stop.signal).then(
      (next) => { if (!stop.signal.aborted) show(next); },
      (error: unknown) => { if (!stop.signal.aborted) setLoadProblem(asProblem(error)); },
    );
    return () => stop.abort();
  }, [open, show, turn]);

  const drafted = opened?.item.evidence?.draft;
  const machine = useMemo(() => machineDraft(drafted?.lines ?? noLines, drafted?.text ?? ''), [drafted]);
  const text = useMemo(() => joinDraft(lines), [lines]);
  const saved = opened ? joinDraft(splitDraft(draftOf(opened.item), noLines)) : '';
  const dirty = opened !== null && text !== saved;

  const findings = opened?.item.findings ?? noFindings;
  const { placed, changed } = useMemo(() => {
    const rows = opened ? draftOf(opened.item).split('\n') : [];
    const standing: Placed[] = [];
    const touched = new Set<number>();
    for (const one of placeFindings(rows.join('\n'), findings)) {
      const at = lines.findIndex((line) => line.key === rowKeys[one.row]);
      if (one.row < 0) {
        if (!dirty) standing.push(one);
      } else if (lines[at]?.text.trim() === rows[one.row]?.trim()) {
        standing.push({ ...one, row: at });
      } else if (at >= 0 && isOpen(one.finding)) {
        touched.add(lines[at]!.key);
      }
    }
    return { placed: standing, changed: touched };
  }, [opened, findings, lines, rowKeys, dirty]);

  // Runs one act; whatever says "moved on" opens the choice between the two versions, and loses nothing.
  const act = async (what: Busy, run: (now: Opened) => Promise<void>): Promise<boolean> => {
    if (!opened || busy) return false;
    setBusy(what);
    setProblem(null);
    try {
      await run(opened);
      return true;
    } catch (error) {
      // it knows of places that we do not: show them
      if (error instanceof Problem && error.code === 'findings_open') await open().then(show, () => {});
      if (movedOn(error)) await open().then(setConflict, (next: unknown) => setProblem(asProblem(next)));
      else setProblem(asProblem(error));
      return false;
    } finally {
      setBusy(null);
    }
  };

  const saveFrom = async (now: Opened): Promise<Opened> => {
    const { data, etag } = await submissions.saveDraft(id, text, now.etag);
    // The answer names the new version only; the text is the one just sent.
    const field = now.item.type === 'audio' ? 'doctor_summary' : 'patient_instructions';
    const item: Submission = { ...now.item, status: data.status, version: data.version, [field]: text, findings: data.findings };
    const next = { item, etag: etagOf(data.version, etag) };
    const first = lines.findIndex((line) => line.text.trim() !== '');
    setOpened(next);
    setRowKeys(lines.slice(Math.max(first, 0)).map((line) => line.key));
    return next;
  };
  const saveFirst = (now: Opened) => (dirty ? saveFrom(now) : Promise.resolve(now));
  // Shown from what we know: opening it again would be one more look on the patient's record.
  const finish = (result: Exclude<Outcome, null>, now: Opened, version: number, change: Partial<Submission>) => {
    const at = new Date().toISOString();
    const status: Status = result;
    const history = [...(now.item.history ?? []), { version, status, at, by: me, by_name: null }];
    setOpened({ item: { ...now.item, ...change, status, version, history }, etag: etagOf(version, null) });
    setOutcome(result);
  };

  return {
    item: opened?.item ?? null, machine, lines, setLines, dirty, busy, problem, loadProblem, outcome, conflict,
    placed, changed,
    save: () => act('saving', async (now) => { await saveFrom(now); }),
    confirm: (number) => act('confirming', async (now) => {
      await submissions.confirm(id, number, now.etag);
      const confirmed = (one: Finding): Finding => (one.number === number ? { ...one, resolution: 'confirmed', by: me } : one);
      setOpened({ ...now, item: { ...now.item, findings: (now.item.findings ?? noFindings).map(confirmed) } });
    }),
    approve: async () => {
      let found = 0;
      await act('approving', async (now) => {
        const saved = await saveFirst(now);
        found = openOnes(saved.item.findings ?? noFindings).length;
        if (found > 0) return;
        const { data } = await submissions.approve(id, saved.etag);
        finish('approved', saved, data.version, { approved_at: data.approved_at });
      });
      return found;
    },
    giveBack: (question) => act('returning', async (now) => {
      const saved = await saveFirst(now);
      const { data } = await submissions.giveBack(id, question, saved.etag);
      finish('returned', saved, data.version, { question });
    }),
    keepMine: () => { if (conflict) setOpened(conflict); setConflict(null); },
    takeTheirs: () => { if (conflict) show(conflict); setConflict(null); },
    revert: () => { if (opened) show(opened); },
    reload: () => setTurn((n) => n + 1),
  };
}
