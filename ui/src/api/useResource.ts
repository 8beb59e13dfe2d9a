import { useCallback, useEffect, useRef, useState } from 'react';
import { asProblem, type Problem } from './problem';
import type { Page } from './types';

export interface Resource<T> { data: T | null; problem: Problem | null; loading: boolean; reload: () => void }

/** Loads once for each `key`; keeps what is shown while it reloads, so that nothing jumps. */
export function useResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ key: string; data: T | null; problem: Problem | null; loading: boolean }>(
    { key, data: null, problem: null, loading: true },
  );
  const [turn, setTurn] = useState(0);
  const loader = useRef(load);
  useEffect(() => { loader.current = load; });

  useEffect(() => {
    const stop = new AbortController();
    setState((old) => ({ key, data: old.key === key ? old.data : null, problem: null, loading: true }));
    loader.current(stop.signal).then(
      (data) => { if (!stop.signal.aborted) setState({ key, data, problem: null, loading: false }); },
      (error: unknown) => {
        if (!stop.signal.aborted) setState((old) => ({ ...old, problem: asProblem(error), loading: false }));
      },
    );
    return () => stop.abort();
  }, [key, turn]);

  const reload = useCallback(() => setTurn((value) => value + 1), []);
  return { data: state.key === key ? state.data : null, problem: state.problem, loading: state.loading, reload };
}

export interface PagedResource<T> {
  rows: T[] | null; problem: Problem | null; loading: boolean; more: (() => void) | null; reload: () => void;
  replace: (change: (rows: T[]) => T[]) => void;
}

type LoadPage<T> = (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;

/** A list that grows by pages; `more` is null at its end. */
export function usePages<T>(key: string, load: LoadPage<T>): PagedResource<T> {
  const [extra, setExtra] = useState<{ of: Page<T> | null; rows: T[]; cursor: string | null }>(
    { of: null, rows: [], cursor: null },
  );
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const first = useResource(key, (signal) => load(null, signal));
  const loader = useRef(load);
  useEffect(() => { loader.current = load; });

  const page = first.data;
  const shown = page !== null && extra.of === page ? extra : null;
  const rows = shown ? shown.rows : (page?.results ?? null);
  const cursor = shown ? shown.cursor : (page?.next_cursor ?? null);

  const more = async () => {
    if (!page || !cursor || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const next = await loader.current(cursor, new AbortController().signal);
      setExtra({ of: page, rows: [...(rows ?? []), ...next.results], cursor: next.next_cursor });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };

  return {
    rows,
    problem: problem ?? first.problem,
    loading: first.loading || busy,
    more: cursor ? () => void more() : null,
    reload: first.reload,
    replace: (change) => { if (page) setExtra({ of: page, rows: change(rows ?? []), cursor }); },
  };
}
