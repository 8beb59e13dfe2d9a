import { useEffect } from 'react';

// What would be lost if the page were left now, innermost last.
const guards: string[] = [];
let lifted = false;

export const activeGuard = (): string | null => (lifted ? null : (guards.at(-1) ?? null));
export const hasUnsaved = () => guards.length > 0;

/** Lets the next move through: the person has just said so. */
export function withoutGuards(move: () => void): void {
  lifted = true;
  move();
  setTimeout(() => { lifted = false; }, 500);
}

window.addEventListener('beforeunload', (event) => {
  if (guards.length > 0) event.preventDefault();
});

/** While `active`, leaving the page asks first. */
export function useLeaveGuard(active: boolean, message: string): void {
  useEffect(() => {
    if (!active) return;
    guards.push(message);
    return () => { guards.splice(guards.lastIndexOf(message), 1); };
  }, [active, message]);
}
