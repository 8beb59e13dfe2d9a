import type { MantineColorScheme, MantineColorSchemeManager } from '@mantine/core';

/** Remembers the choice only until the page is closed: nothing about a person is left in a shared browser. */
export function inMemoryColorScheme(): MantineColorSchemeManager {
  let chosen: MantineColorScheme | null = null;
  return {
    get: (fallback) => chosen ?? fallback,
    set: (value) => { chosen = value; },
    subscribe: () => {},
    unsubscribe: () => {},
    clear: () => { chosen = null; },
  };
}
