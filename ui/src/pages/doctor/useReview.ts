import { useCallback, useEffect, useMemo, useState } from 'react';
import { submissions } from '../../api/endpoints';
import { asProblem, Problem } from '../../api/problem';
import type { DraftLine, Status, Submission } from '../../api/types';
import { joinDraft, machineDraft, splitDraft, type EditLine, type MachineDraft } from '../../components/draft/draftLines';

interface Opened { item: Submission; etag: string }
export type Busy = 'saving' | 'approving' | 'returning' | null;
export type Outcome = 'approved' | 'returned' | null;

const noLines: DraftLine[] = [];
const draftOf = (item: Submission) => (item.type === 'audio' ? item.doctor_summary : item.patient_instructions) ?? '';
const etagOf = (version: number, header: string | null) => header ?? `"v${version}"`;
const stale = new Set(['version_changed', 'version_required', 'review_first', 'wrong_state', 'approved_is_final']);
const movedOn = (error: unknown) => error instanceof Problem && (error.status === 412 || stale.has(error.code));

export interface Review {
  item: Submission | null; machine: MachineDraft; lines: EditLine[]; setLines: (lines: EditLine[]) => void;
  dirty: boolean; busy: Busy; problem: Problem | null; loadProblem: Problem | null; outcome: Outcome;
  /** The newer version that somebody else made, until the doctor has chosen. */
  conflict: Opened | null; keepMine: () => void; takeTheirs: () => void;
  save: () => Promise<boolean>; approve: () => Promise<void>; giveBack: (question: string) => Promise<boolean>;
  revert: () => void; reload: () => void;
}

/** One submission under review: what was opened, what the doctor made of it, and every act with its version. */
export function useReview(id: string, me: string): Review {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [lines, setLines] = useState<EditLine[]>([]);
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
    setOpened(next);
    setLines(splitDraft(draftOf(next.item), next.item.evidence?.draft.lines ?? noLines));
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

  // Runs one act; whatever says "moved on" opens the choice between the two versions, and loses nothing.
  const act = async (what: Busy, run: (now: Opened) => Promise<void>): Promise<boolean> => {
    if (!opened || busy) return false;
    setBusy(what);
    setProblem(null);
    try {
      await run(opened);
      return true;
    } catch (error) {
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
    const item: Submission = { ...now.item, status: data.status, version: data.version, [field]: text };
    const next = { item, etag: etagOf(data.version, etag) };
    setOpened(next);
    return next;
  };
  const saveFirst = (now: Opened) => (dirty ? saveFrom(now) : Promise.resolve(now));
  // Shown from what we know: opening it again would be one more look on the patient's record.
  const finish = (result: Exclude<Outcome, null>, now: Opened, version: number, change: Partial<Submission>) => {
    const at = new Date().toISOString();
    const status: Status = result;
    const history = [...(now.item.history ?? []), { version, status, at, by: me }];
    setOpened({ item: { ...now.item, ...change, status, version, history }, etag: etagOf(version, null) });
    setOutcome(result);
  };

  return {
    item: opened?.item ?? null, machine, lines, setLines, dirty, busy, problem, loadProblem, outcome, conflict,
    save: () => act('saving', async (now) => { await saveFrom(now); }),
    approve: async () => {
      await act('approving', async (now) => {
        const saved = await saveFirst(now);
        const { data } = await submissions.approve(id, saved.etag);
        finish('approved', saved, data.version, { approved_at: data.approved_at });
      });
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
