import { Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { account } from '../../api/endpoints';
import { useRouter } from '../../app/router';
import { Note, PageHead, ProblemNote } from '../../components/Page';
import { useTexts } from '../../texts';
import { DoorLayout } from './DoorLayout';
import { useForm, type Errors } from './form';
import classes from './Form.module.css';
import { NewPassword } from './NewPassword';
import { looksLikeEmail, looksLikeUsername, passwordLacks } from './password';

// The token comes behind "#" (which browsers never send to a server); "?token=" is understood as well.
function readToken(): string {
  const fromHash = new URLSearchParams(location.hash.replace(/^#/, '')).get('token');
  return fromHash ?? new URLSearchParams(location.search).get('token') ?? '';
}

export default function SetupPage() {
  const t = useTexts();
  const { go } = useRouter();
  const [token] = useState(readToken);
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);

  useEffect(() => {
    // Out of the address bar and the history: it is a key.
    if (location.hash || location.search) history.replaceState(history.state, '', '/setup');
  }, []);

  const check = (): Errors<'username' | 'email' | 'password'> => ({
    ...(!looksLikeUsername(username.trim()) && { username: t.account.usernameMissing }),
    ...(!looksLikeEmail(email.trim()) && { email: t.account.emailMissing }),
    ...(passwordLacks(password).length > 0 && { password: t.password.choose }),
  });
  const form = useForm(check, async () => {
    await account.setUp({ token, username: username.trim(), email: email.trim(), password });
    setDone(true);
  });
  const used = form.problem !== null && (form.problem.code === 'setup_done' || [401, 403, 404, 410].includes(form.problem.status));

  if (done) {
    return (
      <DoorLayout>
        <PageHead title={t.account.setupDoneTitle} />
        <div className={classes.done} role="status">
          <Note tone="good" icon="check" title={t.account.setupDoneBody} />
          <Button onClick={() => go('/')}>{t.account.setupGo}</Button>
        </div>
      </DoorLayout>
    );
  }
  return (
    <DoorLayout>
      <PageHead title={t.account.setupTitle} lead={t.account.setupLead} />
      {token === '' ? <Note tone="mark" icon="alert" title={t.account.setupNoToken} /> : (
        <form className={classes.form} onSubmit={form.submit} noValidate>
          {used && <Note tone="bad" icon="alert" title={t.account.setupUsed} alert />}
          {form.problem && !used && <ProblemNote problem={form.problem} />}
          <TextInput
            name="username" label={t.account.username} autoComplete="username" autoCapitalize="none" spellCheck={false}
            maxLength={64} value={username} error={form.errors.username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
          <TextInput
            name="email" type="email" label={t.account.email} autoComplete="email" maxLength={254} value={email}
            error={form.errors.email} onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <NewPassword value={password} onChange={setPassword} error={form.errors.password} />
          <Button type="submit" fullWidth loading={form.busy}>{t.account.setupDo}</Button>
        </form>
      )}
    </DoorLayout>
  );
}
