import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { notes, type Note } from '../../api/notes';
import { asProblem, Problem } from '../../api/problem';
import { joinDraft, type EditLine, type MachineDraft } from '../../components/draft/draftLines';
import { openOnes, placeFindings, type Placed } from '../../components/findings/findings';
import { machineOf, readRows, type ReadRow } from './noteRows';

/** A note whose text is there; while it is drafted it is empty. */
export type ReadNote = Note & { text: string };
interface Opened { note: ReadNote; etag: string }
export type NoteBusy = 'saving' | 'confirming' | 'signing' | 'working' | null;

const etagOf = (version: number, header: string | null) => header ?? `"v${version}"`;
const stale = new Set(['version_changed', 'version_required', 'review_first', 'wrong_state', 'approved_is_final']);
const movedOn = (error: unknown) => error instanceof Problem && (error.status === 412 || stale.has(error.code));
// A pause in typing this long saves what was typed, so that a closed laptop costs nothing.
const AUTOSAVE_MS = 12_000;

export interface NoteWork {
  note: ReadNote | null; machine: MachineDraft; rows: ReadRow[]; placed: Placed[]; open: number; loadProblem: Problem | null; reload: () => void;
  problem: Problem | null; busy: NoteBusy;
  /** The lines under edit; null while the note is read. */
  lines: EditLine[] | null; setLines: (lines: EditLine[]) => void; dirty: boolean; savedAt: number | null;
  edit: () => void; cancelEdit: () => void;
  /** Saves, has the text checked again and goes back to reading; false when it did not work (the edit stays open). */
  finishEdit: () => Promise<boolean>;
  confirm: (finding: number) => Promise<number | null>; sign: () => Promise<boolean>;
  run: (act: () => Promise<unknown>) => Promise<boolean>;
  conflict: ReadNote | null; mine: string; keepMine: () => void; takeTheirs: () => void;
}

/** One note: what was opened, what the author makes of it, and every act with the version it was made on. */
export function useNote(id: string, me: string): NoteWork {
  const [opened, show] = useState<Opened | null>(null);
  // What an act goes out from: the newest, also when a save has ended since the last drawing.
  const latest = useRef<Opened | null>(null);
  const setOpened = useCallback((next: Opened) => { latest.current = next; show(next); }, []);
  const [lines, setLines] = useState<EditLine[] | null>(null);
  const [conflict, setConflict] = useState<Opened | null>(null);
  const [busy, setBusy] = useState<NoteBusy>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loadProblem, setLoadProblem] = useState<Problem | null>(null);
  const [savedAt, setSavedAt] = useState<number | null>(null);
  const [turn, setTurn] = useState(0);

  const fetchNote = useCallback(async (signal?: AbortSignal): Promise<Opened> => {
    const { data, etag } = await notes.open(id, signal);
    return { note: { ...data, text: data.text ?? '' }, etag: etagOf(data.version, etag) };
  }, [id]);

  useEffect(() => {
    const stop = new AbortController();
    setLoadProblem(null);
    fetchNote(stop.signal).then(
      (next) => { if (!stop.signal.aborted) setOpened(next); },
      (error: unknown) => { if (!stop.signal.aborted) setLoadProblem(asProblem(error)); },
    );
    return () => stop.abort();
  }, [fetchNote, setOpened, turn]);

  const note = opened?.note ?? null;
  const machine = useMemo(() => machineOf(note?.evidence), [note?.evidence]);
  const rows = useMemo(() => (note ? readRows(note.text, machine) : []), [note, machine]);
  const placed = useMemo(() => (note ? placeFindings(note.text, note.findings ?? []) : []), [note]);
  const mine = lines ? joinDraft(lines) : '';
  const dirty = lines !== null && note !== null && mine !== note.text.trim();

  const reload = useCallback(() => setTurn((n) => n + 1), []);

  // One act at a time; whatever says "moved on" opens the choice between the two versions, and loses nothing.
  const running = useRef<Promise<unknown> | null>(null);
  const attempt = async <T>(what: NoteBusy, now: Opened, run: (now: Opened) => Promise<T>): Promise<T | null> => {
    setBusy(what);
    setProblem(null);
    try {
      return await run(now);
    } catch (error) {
      if (movedOn(error)) await fetchNote().then(setConflict, (next: unknown) => setProblem(asProblem(next)));
      else setProblem(asProblem(error));
      return null;
    } finally {
      running.current = null;
      setBusy(null);
    }
  };
  const act = <T>(what: NoteBusy, run: (now: Opened) => Promise<T>): Promise<T | null> => {
    if (!latest.current || running.current) return Promise.resolve(null);
    const attempted = attempt(what, latest.current, run);
    running.current = attempted;
    return attempted;
  };

  const save = async (now: Opened): Promise<Opened> => {
    const { data, etag } = await notes.save(id, mine, now.etag);
    // The answer holds the new version and what the guard found in it; the text is the one just sent.
    const at = new Date().toISOString();
    const history = [...(now.note.history ?? []), { version: data.version, at, by: me }];
    const note = { ...now.note, text: mine, version: data.version, findings: data.findings, history, updated_at: at };
    const next = { note, etag: etagOf(data.version, etag) };
    setOpened(next);
    setSavedAt(Date.now());
    return next;
  };
  const again = async () => { const next = await fetchNote(); setOpened(next); return next; };

  const autosave = useRef(() => {});
  useEffect(() => { autosave.current = () => { if (dirty && !conflict && mine !== '') void act('saving', save); }; });
  useEffect(() => {
    if (!dirty) return;
    const timer = setTimeout(() => autosave.current(), AUTOSAVE_MS);
    return () => clearTimeout(timer);
  }, [dirty, mine]);

  return {
    note, machine, rows, placed, open: openOnes(note?.findings ?? []).length, loadProblem, problem, busy, lines, setLines, dirty, savedAt, mine,
    reload,
    edit: () => { if (note?.status === 'draft' && !lines) { setSavedAt(null); setLines(rows.map((row) => row.line)); } },
    cancelEdit: () => { setLines(null); setProblem(null); },
    finishEdit: async () => {
      await running.current; // an automatic save may be under way
      const done = await act('saving', async (now) => {
        if (mine !== now.note.text.trim()) await save(now);
        return true;
      });
      if (done) setLines(null);
      return done === true;
    },
    confirm: (finding) => act('confirming', async (now) => {
      await notes.confirm(id, finding, now.etag);
      const at = new Date().toISOString();
      const findings = (now.note.findings ?? []).map((one) => (one.number === finding ? { ...one, resolution: 'confirmed' as const, by: me, resolved_at: at } : one));
      setOpened({ ...now, note: { ...now.note, findings } });
      return openOnes(findings).length;
    }),
    sign: async () => (await act('signing', async (now) => {
      const { data, etag } = await notes.sign(id, now.etag);
      setOpened({ note: { ...now.note, status: data.status, version: data.version, signed_at: new Date().toISOString(), signed_by: me }, etag: etagOf(data.version, etag) });
      return true;
    })) === true,
    run: async (work) => (await act('working', async () => { await work(); await again(); return true; })) === true,
    conflict: conflict?.note ?? null,
    keepMine: () => { if (conflict) setOpened(conflict); setConflict(null); },
    takeTheirs: () => { if (conflict) { setOpened(conflict); setLines(null); } setConflict(null); },
  };
}
