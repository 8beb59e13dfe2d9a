import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';

type Keys = Record<string, () => void>;
interface Setting { on: boolean; set: (on: boolean) => void }

// Single-key shortcuts can be switched off (WCAG 2.1.4): speech input and shaky hands press keys nobody meant.
const SettingContext = createContext<Setting>({ on: true, set: () => {} });
export const useKeySetting = () => useContext(SettingContext);

export function KeySettingProvider({ children }: { children: ReactNode }) {
  const [on, set] = useState(true);
  return <SettingContext.Provider value={{ on, set }}>{children}</SettingContext.Provider>;
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=range]):not([type=checkbox]), textarea, select'));

/**
 * Shortcuts of a page by `event.key`; "Ctrl+s" works in text fields too, all others only outside of them.
 * Nothing fires while a dialog is open.
 */
export function useKeys(keys: Keys): void {
  const { on } = useKeySetting();
  const present = useRef(keys);
  useEffect(() => { present.current = keys; });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || document.querySelector('[role="dialog"]')) return;
      const command = event.ctrlKey || event.metaKey;
      const name = command ? `Ctrl+${event.key}` : event.key;
      const run = present.current[name];
      if (!run || (!command && (!on && event.key !== '?' || isTyping(event.target)))) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [on]);
}
