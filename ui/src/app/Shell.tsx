import { Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useRef, type ReactNode } from 'react';
import type { User } from '../api/types';
import { Brand } from '../components/Brand';
import { Icon, type IconName } from '../components/Icon';
import { useTexts, type Texts } from '../texts';
import { useAsk } from './ask';
import { activeGuard } from './guards';
import { Link, useRouter } from './router';
import { useSession } from './session';
import classes from './Shell.module.css';

interface Place { href: string; label: string; icon: IconName }

function places(user: User, t: Texts): Place[] {
  const account: Place = { href: '/account', label: t.shell.account, icon: 'person' };
  if (user.role_state !== 'active') return [{ href: '/', label: t.shell.home, icon: 'home' }, account];
  switch (user.user_type) {
    case 'patient':
      return [
        { href: '/', label: t.shell.home, icon: 'home' },
        { href: '/visits', label: t.shell.visits, icon: 'page' },
        { href: '/looked', label: t.shell.looked, icon: 'eye' },
        { href: '/consents', label: t.shell.consents, icon: 'check' },
        account,
      ];
    case 'doctor':
      return [
        { href: '/', label: t.shell.queue, icon: 'list' },
        { href: '/consultations', label: t.shell.consultations, icon: 'mic' },
        account,
      ];
    case 'admin':
      return [
        { href: '/', label: t.shell.users, icon: 'people' },
        { href: '/audit', label: t.shell.audit, icon: 'shield' },
        { href: '/medicines', label: t.shell.medicines, icon: 'list' },
        { href: '/jobs', label: t.shell.jobs, icon: 'gear' },
        account,
      ];
    case 'auditor': return [{ href: '/', label: t.shell.audit, icon: 'shield' }, account];
    case 'readonly': return [{ href: '/', label: t.shell.home, icon: 'home' }, account];
  }
}

export function ThemeToggle({ onDark = false }: { onDark?: boolean }) {
  const t = useTexts();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const { setColorScheme } = useMantineColorScheme();
  const label = scheme === 'dark' ? t.shell.themeLight : t.shell.themeDark;
  return (
    <button
      type="button" className={classes.round} data-on-dark={onDark || undefined} aria-label={label} title={label}
      onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
    >
      <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}

function UserMenu({ user }: { user: User }) {
  const t = useTexts();
  const ask = useAsk();
  const { go } = useRouter();
  const { signOut } = useSession();
  const leave = async () => {
    const guard = activeGuard();
    const sure = guard === null || await ask({
      title: t.common.leaveTitle, body: guard, yes: t.shell.signOut, no: t.common.leaveStay, danger: true,
    });
    if (sure) await signOut().catch(() => {});
  };
  return (
    <Menu position="bottom-end" width={240} radius={14} shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className={classes.me}>
          <span className={classes.avatar} aria-hidden="true">{user.username.slice(0, 1).toUpperCase()}</span>
          <span className={classes.meName}>{user.username}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.roles[user.user_type]}</Menu.Label>
        <Menu.Item leftSection={<Icon name="person" size={18} />} onClick={() => go('/account')}>{t.shell.account}</Menu.Item>
        <Menu.Item leftSection={<Icon name="leave" size={18} />} onClick={() => void leave()}>{t.shell.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Shell({ user, children }: { user: User; children: ReactNode }) {
  const t = useTexts();
  const main = useRef<HTMLElement>(null);
  const { path } = useRouter();
  const links = places(user, t);
  const current = (href: string) =>
    path === href || path.startsWith(`${href}/`) || (href === '/' && /^\/(review|new|sent)\b/.test(path)) || (href === '/consultations' && path.startsWith('/notes/'))
      ? 'page' as const : undefined;

  return (
    <div className={classes.shell}>
      <a
        href="#main" className={classes.skip}
        onClick={(event) => { event.preventDefault(); main.current?.focus(); main.current?.scrollIntoView(); }}
      >
        {t.common.skipToContent}
      </a>
      <header className={classes.header} data-no-print>
        <div className={classes.bar}>
          <Link href="/" className={classes.brandLink} aria-current={undefined}><Brand /></Link>
          <nav aria-label={t.shell.mainNavigation} className={classes.nav}>
            {links.map((place) => (
              <Link key={place.href} href={place.href} className={classes.navLink} aria-current={current(place.href)}>
                <Icon name={place.icon} /><span>{place.label}</span>
              </Link>
            ))}
          </nav>
          <div className={classes.tools}><ThemeToggle /><UserMenu user={user} /></div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} className={classes.main} data-wide={user.user_type !== 'patient' || undefined}>
        {children}
      </main>
      <footer className={classes.footer} data-no-print>{t.shell.footer}</footer>
    </div>
  );
}
