import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { account } from '../../api/endpoints';
import { Problem } from '../../api/problem';
import type { ConsentType } from '../../api/types';
import { Link, useRouter } from '../../app/router';
import { useSession } from '../../app/session';
import { ConsentBoxes } from '../../components/consents/ConsentBoxes';
import { Icon } from '../../components/Icon';
import { Note, PageHead, ProblemNote } from '../../components/Page';
import { useTexts } from '../../texts';
import { DoorLayout } from './DoorLayout';
import { useForm, type Errors } from './form';
import classes from './Form.module.css';
import { NewPassword } from './NewPassword';
import { looksLikeEmail, looksLikeUsername, passwordLacks } from './password';

type Fields = 'username' | 'email' | 'password';

export default function JoinPage() {
  const t = useTexts();
  const { go } = useRouter();
  const { signIn } = useSession();
  const [kind, setKind] = useState<'patient' | 'doctor'>('patient');
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [consents, setConsents] = useState<ConsentType[]>([]);
  const [pending, setPending] = useState(false);

  const check = (): Errors<Fields> => ({
    ...(!looksLikeUsername(username.trim()) && { username: t.account.usernameMissing }),
    ...(!looksLikeEmail(email.trim()) && { email: t.account.emailMissing }),
    ...(passwordLacks(password).length > 0 && { password: t.password.choose }),
  });
  const form = useForm(check, async () => {
    const made = await account.register({ username: username.trim(), email: email.trim(), password, user_type: kind, consents: kind === 'patient' ? consents : [] });
    if (made.role_state === 'pending') { setPending(true); return; }
    try {
      await signIn(username.trim(), password);
    } catch (error) {
      // The account exists; when logging in at once fails, the log-in page says why.
      if (!(error instanceof Problem)) throw error;
    }
    go('/', { replace: true });
  });

  if (pending) {
    return (
      <DoorLayout>
        <PageHead title={t.account.doneDoctorTitle} />
        <div className={classes.done} role="status">
          <Note tone="good" icon="check" title={t.account.doneDoctorBody} />
          <Button onClick={() => go('/')}>{t.account.signIn}</Button>
        </div>
      </DoorLayout>
    );
  }

  const choice = (value: 'patient' | 'doctor', hint: string) => (
    <label className={classes.choice}>
      <input type="radio" name="user_type" value={value} checked={kind === value} onChange={() => setKind(value)} />
      <span className={classes.choiceName}><Icon name={value === 'patient' ? 'person' : 'shield'} />{t.account[value]}</span>
      <span className={classes.choiceHint}>{hint}</span>
    </label>
  );

  return (
    <DoorLayout>
      <PageHead title={t.account.joinTitle} lead={t.account.joinLead} />
      <form className={classes.form} onSubmit={form.submit} noValidate>
        {form.problem && <ProblemNote problem={form.problem} />}
        <fieldset className={classes.choices}>
          <legend>{t.account.iAm}</legend>
          {choice('patient', t.account.patientHint)}
          {choice('doctor', t.account.doctorHint)}
        </fieldset>
        <TextInput
          name="username" label={t.account.username} description={t.account.usernameHint} autoComplete="username"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          autoCapitalize="none" spellCheck={false} maxLength={64} value={username} error={form.errors.username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <TextInput
          name="email" type="email" label={t.account.email} autoComplete="email" maxLength={254} value={email}
          error={form.errors.email} onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <NewPassword value={password} onChange={setPassword} error={form.errors.password} />
        {kind === 'patient' && <ConsentBoxes value={consents} onChange={setConsents} />}
        <Button type="submit" fullWidth loading={form.busy}>{t.account.join}</Button>
      </form>
      <p className={classes.after}>{t.account.haveAccount} <Link className="plain-link" href="/">{t.account.signIn}</Link></p>
    </DoorLayout>
  );
}
