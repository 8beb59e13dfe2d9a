import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link, useRouter } from '../../app/router';
import { useSession } from '../../app/session';
import { Note, PageHead, ProblemNote } from '../../components/Page';
import { useTexts } from '../../texts';
import { DoorLayout } from './DoorLayout';
import { useForm, type Errors } from './form';
import classes from './Form.module.css';

export function SignInPage({ why, kept }: { why: 'never' | 'expired' | 'left'; kept: boolean }) {
  const t = useTexts();
  const { signIn } = useSession();
  const { go, path } = useRouter();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');

  const check = (): Errors<'login' | 'password'> => ({
    ...(login.trim() === '' && { login: t.account.loginMissing }),
    ...(password === '' && { password: t.account.passwordMissing }),
  });
  // The address stays what it was: whoever was thrown out comes back to the same page.
  const form = useForm(check, async () => {
    await signIn(login.trim(), password);
    if (why === 'left' || path === '/register' || path === '/login') go('/', { replace: true });
  });
  const expired = why === 'expired';

  return (
    <DoorLayout>
      <PageHead
        title={expired ? t.account.expiredTitle : t.account.signInTitle}
        lead={expired ? t.account.expiredLead : t.account.signInLead}
      />
      <form className={classes.form} onSubmit={form.submit} noValidate>
        {kept && <Note tone="calm" icon="check" title={t.account.expiredKept} />}
        {why === 'left' && <Note tone="good" icon="check" title={t.account.signedOut} />}
        {form.problem && (form.problem.status === 401
          ? <Note tone="bad" icon="alert" title={t.account.wrong} alert />
          : <ProblemNote problem={form.problem} />)}
        <TextInput
          name="login" label={t.account.login} autoComplete="username" autoCapitalize="none" spellCheck={false}
          maxLength={254} value={login} error={form.errors.login} onChange={(event) => setLogin(event.currentTarget.value)}
        />
        <PasswordInput
          name="password" label={t.account.password} autoComplete="current-password" maxLength={128} value={password}
          error={form.errors.password} onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t.account.showPassword, tabIndex: 0 }}
        />
        <Button type="submit" fullWidth loading={form.busy}>{t.account.signIn}</Button>
      </form>
      <p className={classes.after}>{t.account.newHere} <Link className="plain-link" href="/register">{t.account.createAccount}</Link></p>
    </DoorLayout>
  );
}
