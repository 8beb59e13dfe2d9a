import {
  createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type AnchorHTMLAttributes,
  type MouseEvent, type ReactNode,
} from 'react';
import { activeGuard, withoutGuards } from './guards';

interface Place { path: string; search: URLSearchParams; moves: number }
interface Router extends Place { go: (to: string, options?: { replace?: boolean }) => void }

const RouterContext = createContext<Router | null>(null);

// Each history entry carries its position, so that a refused "back" can be undone exactly.
const position = () => (history.state as { at?: number } | null)?.at ?? 0;
const here = (moves: number): Place => ({
  path: location.pathname.replace(/(.)\/+$/, '$1'), search: new URLSearchParams(location.search), moves,
});

interface ProviderProps { children: ReactNode; askToLeave: (message: string) => Promise<boolean> }

export function RouterProvider({ children, askToLeave }: ProviderProps) {
  const [place, setPlace] = useState(() => here(0));
  const at = useRef(position());
  const restoring = useRef(false);
  const ask = useRef(askToLeave);
  useEffect(() => { ask.current = askToLeave; });

  const arrive = useCallback(() => {
    at.current = position();
    setPlace((old) => here(old.moves + 1));
  }, []);

  const go = useCallback((to: string, options: { replace?: boolean } = {}) => {
    const move = () => {
      if (options.replace) history.replaceState({ at: at.current }, '', to);
      else history.pushState({ at: at.current + 1 }, '', to);
      arrive();
      window.scrollTo(0, 0);
    };
    const guard = activeGuard();
    if (guard === null) return move();
    void ask.current(guard).then((leave) => { if (leave) move(); });
  }, [arrive]);

  useEffect(() => {
    const onPop = () => {
      if (restoring.current) { restoring.current = false; return; }
      const guard = activeGuard();
      if (guard === null) return arrive();
      const delta = position() - at.current;
      if (delta === 0) return arrive();
      restoring.current = true;
      history.go(-delta);
      void ask.current(guard).then((leave) => { if (leave) withoutGuards(() => history.go(delta)); });
    };
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, [arrive]);

  const value = useMemo(() => ({ ...place, go }), [place, go]);
  return <RouterContext.Provider value={value}>{children}</RouterContext.Provider>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (!router) throw new Error('outside of RouterProvider');
  return router;
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A real link (opens in a new tab, can be copied) that moves within the page on a plain click. */
export function Link({ href, onClick, ...rest }: LinkProps) {
  const { go, path } = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} aria-current={path === href ? 'page' : undefined} {...rest} />;
}
