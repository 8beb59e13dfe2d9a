import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { restoreSession, setCsrfToken, whenSignedOut } from '../api/client';
import { account } from '../api/endpoints';
import { asProblem, type Problem } from '../api/problem';
import type { SessionAnswer, User } from '../api/types';
import { hasUnsaved } from './guards';

type State =
  | { kind: 'loading' }
  | { kind: 'unreachable'; problem: Problem }
  | { kind: 'out'; why: 'never' | 'expired' | 'left'; kept: User | null }
  | { kind: 'in'; user: User };

interface Session {
  state: State;
  signIn: (login: string, password: string) => Promise<void>;
  signOut: () => Promise<void>;
  refresh: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: 'loading' });

  const enter = useCallback((answer: SessionAnswer) => {
    setCsrfToken(answer.csrf_token);
    setState({ kind: 'in', user: answer.user });
  }, []);

  const refresh = useCallback(async () => {
    try {
      const answer = await restoreSession();
      if (answer) enter(answer);
      else setState((old) => (old.kind === 'out' ? old : { kind: 'out', why: 'never', kept: null }));
    } catch (error) {
      const problem = asProblem(error);
      setState((old) => (old.kind === 'in' ? old : { kind: 'unreachable', problem }));
    }
  }, [enter]);

  useEffect(() => {
    // The pages of a person with unsaved work stay mounted (hidden) behind the log-in form; all others are
    // taken down at once, so that no medical text waits in a page nobody is logged in to.
    whenSignedOut(() => setState((old) =>
      old.kind === 'in' ? { kind: 'out', why: 'expired', kept: hasUnsaved() ? old.user : null } : old));
    void refresh();
  }, [refresh]);

  const signIn = useCallback(async (login: string, password: string) => {
    enter(await account.signIn(login, password));
  }, [enter]);

  const signOut = useCallback(async () => {
    await account.signOut();
    setCsrfToken(null);
    setState({ kind: 'out', why: 'left', kept: null });
  }, []);

  const value = useMemo(() => ({ state, signIn, signOut, refresh }), [state, signIn, signOut, refresh]);
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('outside of SessionProvider');
  return session;
}

const UserContext = createContext<User | null>(null);
export const UserProvider = UserContext.Provider;

/** The person whose pages these are (also while they wait behind the log-in form). */
export function useUser(): User {
  const user = useContext(UserContext);
  if (!user) throw new Error('nobody is logged in here');
  return user;
}
