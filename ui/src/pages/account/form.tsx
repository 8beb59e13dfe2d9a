import type { FormEvent } from 'react';
import { useState } from 'react';
import { asProblem, type Problem } from '../../api/problem';

export type Errors<K extends string> = Partial<Record<K, string>>;

/**
 * The part that all small forms share: check, then send, then put the focus where something is missing.
 * Fields are found by their `name`, which is also the name the server blames.
 */
export function useForm<K extends string>(check: () => Errors<K>, send: () => Promise<void>) {
  const [errors, setErrors] = useState<Errors<K>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const found = check();
    setErrors(found);
    setProblem(null);
    const first = Object.keys(found)[0];
    if (first) {
      form.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
      return;
    }
    setBusy(true);
    try {
      await send();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return { errors, problem, busy, submit: (event: FormEvent<HTMLFormElement>) => void submit(event), setErrors };
}
