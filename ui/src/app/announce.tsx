import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import { Icon } from '../components/Icon';
import classes from './announce.module.css';

type Announce = (text: string) => void;
const AnnounceContext = createContext<Announce>(() => {});

/** Says that something is done: to eyes as a short-lived bar, to screen readers through a polite live region. */
export const useAnnounce = () => useContext(AnnounceContext);

export function AnnounceProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<{ text: string; n: number } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const announce = useCallback<Announce>((text) => {
    clearTimeout(timer.current);
    setNotice((old) => ({ text, n: (old?.n ?? 0) + 1 }));
    timer.current = setTimeout(() => setNotice(null), 8000);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <AnnounceContext.Provider value={announce}>
      {children}
      <div role="status" className={classes.region} data-no-print>
        {notice && <p key={notice.n} className={classes.notice}><Icon name="check" />{notice.text}</p>}
      </div>
    </AnnounceContext.Provider>
  );
}
