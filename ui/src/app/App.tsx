import { Button, Skeleton } from '@mantine/core';
import { Component, lazy, Suspense, type ReactNode } from 'react';
import type { User } from '../api/types';
import { EmptyState, PageHead, ProblemNote } from '../components/Page';
import { SignInPage } from '../pages/account/SignInPage';
import { useTexts } from '../texts';
import { AnnounceProvider } from './announce';
import { AskProvider, useAsk } from './ask';
import { Link, RouterProvider, useRouter } from './router';
import { SessionProvider, UserProvider, useSession } from './session';
import { Shell } from './Shell';
import { KeySettingProvider } from './useKeys';

// One bundle a role: a patient's phone never loads the doctor's pages.
const PatientPages = lazy(() => import('../pages/patient'));
const DoctorPages = lazy(() => import('../pages/doctor'));
const AdminPages = lazy(() => import('../pages/admin'));
const AccountPage = lazy(() => import('../pages/account/AccountPage'));
const ConsentsPage = lazy(() => import('../pages/account/ConsentsPage'));
const JoinPage = lazy(() => import('../pages/account/JoinPage'));
const SetupPage = lazy(() => import('../pages/account/SetupPage'));
const WaitingPage = lazy(() => import('../pages/account/WaitingPage'));

export function NotFound() {
  const t = useTexts();
  return (
    <>
      <PageHead title={t.common.notFoundTitle} />
      <EmptyState icon="question" title={t.common.notFoundTitle} body={t.common.notFoundBody}>
        <Link className="plain-link" href="/">{t.common.toStart}</Link>
      </EmptyState>
    </>
  );
}

export function PageSkeleton() {
  const t = useTexts();
  return (
    <div role="status" aria-label={t.common.loading}>
      <Skeleton height={40} width="min(60%, 320px)" mb={16} />
      <Skeleton height={20} width="min(90%, 480px)" mb={28} />
      <Skeleton height={320} radius={16} />
    </div>
  );
}

class CrashGuard extends Component<{ children: ReactNode; fallback: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };
  static getDerivedStateFromError() { return { crashed: true }; }
  override render() { return this.state.crashed ? this.props.fallback : this.props.children; }
}

function Crashed() {
  const t = useTexts();
  return (
    <EmptyState icon="alert" title={t.common.crashTitle} body={t.common.crashBody}>
      <Button mt="md" onClick={() => location.reload()}>{t.common.reload}</Button>
    </EmptyState>
  );
}

function RolePages({ user }: { user: User }) {
  const { path } = useRouter();
  if (path === '/account') return <AccountPage />;
  if (path === '/consents') return <ConsentsPage />;
  if (user.role_state !== 'active' || user.user_type === 'readonly') return <WaitingPage />;
  switch (user.user_type) {
    case 'patient': return <PatientPages />;
    case 'doctor': return <DoctorPages />;
    case 'admin': case 'auditor': return <AdminPages />;
  }
}

function Inside({ user, hidden }: { user: User; hidden: boolean }) {
  const { path } = useRouter();
  return (
    <div key={user.id} hidden={hidden}>
      <UserProvider value={user}>
        <Shell user={user}>
          {/* the key gives each page a fresh guard and a fresh start */}
          <CrashGuard key={path} fallback={<Crashed />}>
            <Suspense fallback={<PageSkeleton />}><RolePages user={user} /></Suspense>
          </CrashGuard>
        </Shell>
      </UserProvider>
    </div>
  );
}

function Door() {
  const t = useTexts();
  const { state, refresh } = useSession();
  const { path } = useRouter();
  if (path === '/setup') return <Suspense fallback={null}><SetupPage /></Suspense>;
  if (path === '/register' && state.kind !== 'in') return <Suspense fallback={null}><JoinPage /></Suspense>;
  if (state.kind === 'loading') return <div role="status" aria-label={t.common.loading} />;
  if (state.kind === 'unreachable') {
    return (
      <main style={{ maxWidth: 560, margin: '18vh auto 0', padding: 16 }}>
        <ProblemNote problem={state.problem} title={t.problems.loadTitle} onRetry={() => void refresh()} />
      </main>
    );
  }
  const user = state.kind === 'in' ? state.user : state.kept;
  return (
    <>
      {user && <Inside key={user.id} user={user} hidden={state.kind !== 'in'} />}
      {state.kind === 'out' && <SignInPage why={state.why} kept={state.kept !== null} />}
    </>
  );
}

function Routed() {
  const ask = useAsk();
  const t = useTexts();
  const askToLeave = (body: string) =>
    ask({ title: t.common.leaveTitle, body, yes: t.common.leaveGo, no: t.common.leaveStay, danger: true });
  return <RouterProvider askToLeave={askToLeave}><SessionProvider><KeySettingProvider><Door /></KeySettingProvider></SessionProvider></RouterProvider>;
}

export function App() {
  return <AnnounceProvider><AskProvider><Routed /></AskProvider></AnnounceProvider>;
}
