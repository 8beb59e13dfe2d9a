import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { admin } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import type { User } from '../../api/types';
import { usePages } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import { useAsk } from '../../app/ask';
import { useUser } from '../../app/session';
import { EmptyState, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Segments } from '../../components/Segments';
import { Chip } from '../../components/StatusChip';
import { formatWhen } from '../../components/time';
import { Dialog } from '../../components/Dialog';
import { useTexts } from '../../texts';
import classes from './Admin.module.css';

const tones: Record<string, string> = { active: 'good', pending: 'mark', disabled: 'bad' };

function VerifyDialog({ user, onClose, onDone }: { user: User | null; onClose: () => void; onDone: (user: User) => void }) {
  const t = useTexts();
  const [number, setNumber] = useState('');
  const [error, setError] = useState<string | undefined>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const close = () => { setNumber(''); setError(undefined); setProblem(null); onClose(); };
  const send = async () => {
    if (!user) return;
    setProblem(null);
    setError(number.trim() === '' ? t.admin.registrationMissing : undefined);
    if (number.trim() === '') return;
    setBusy(true);
    try {
      onDone(await admin.verify(user.id, number.trim()));
      close();
    } catch (caught) {
      setProblem(asProblem(caught));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog opened={user !== null} onClose={close} title={t.admin.verifyTitle(user?.username ?? '')}>
      <form noValidate className={classes.dialog} onSubmit={(event) => { event.preventDefault(); void send(); }}>
        <Text>{t.admin.verifyLead}</Text>
        {problem && <ProblemNote problem={problem} />}
        <TextInput
          data-autofocus label={t.admin.registrationNo} value={number} error={error} maxLength={64} autoComplete="off"
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        <div className={classes.dialogButtons}>
          <Button variant="default" onClick={close}>{t.common.cancel}</Button>
          <Button type="submit" loading={busy}>{t.admin.verifyDo}</Button>
        </div>
      </form>
    </Dialog>
  );
}

export function UsersPage() {
  const t = useTexts();
  const me = useUser();
  const ask = useAsk();
  const announce = useAnnounce();
  const [filter, setFilter] = useState<'all' | 'pending'>('pending');
  const [verifying, setVerifying] = useState<User | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const list = usePages(`users ${filter}`, (cursor, signal) => admin.users(filter === 'pending' ? 'pending' : null, cursor, signal));

  const put = (user: User) => list.replace((rows) => rows.map((row) => (row.id === user.id ? user : row)));
  const setEnabled = async (user: User, enabled: boolean) => {
    const sure = enabled || await ask({
      title: t.admin.offTitle(user.username), body: t.admin.offBody, yes: t.admin.switchOff, danger: true,
    });
    if (!sure) return;
    setBusy(user.id);
    setProblem(null);
    try {
      put(await admin.setEnabled(user.id, enabled));
      announce(enabled ? t.admin.switchedOn(user.username) : t.admin.switchedOff(user.username));
    } catch (caught) {
      setProblem(asProblem(caught));
    } finally {
      setBusy(null);
    }
  };

  return (
    <>
      <PageHead title={t.admin.usersTitle} lead={t.admin.usersLead} />
      <Segments
        label={t.admin.filter} name="people" value={filter} onChange={setFilter}
        options={[{ value: 'pending', label: t.admin.pendingOnly }, { value: 'all', label: t.admin.everyone }]}
      />
      {problem && <ProblemNote problem={problem} />}
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={5} height={64} />}
      {list.rows?.length === 0 && <EmptyState icon="people" title={t.admin.usersEmptyTitle} body={t.admin.usersEmptyBody} />}
      {list.rows && list.rows.length > 0 && (
        <div className={classes.tableBox}>
          <table className={classes.table}>
            <caption className="sr-only">{t.admin.usersTitle}</caption>
            <thead>
              <tr>
                <th scope="col">{t.admin.name}</th><th scope="col">{t.admin.role}</th><th scope="col">{t.admin.state}</th>
                <th scope="col">{t.admin.since}</th><th scope="col"><span className="sr-only">{t.admin.actions}</span></th>
              </tr>
            </thead>
            <tbody>
              {list.rows.map((user) => (
                <tr key={user.id}>
                  <th scope="row"><span className={classes.name}>{user.username}</span><span className={classes.soft}>{user.email}</span></th>
                  <td data-label={t.admin.role}>{t.roles[user.user_type]}</td>
                  <td data-label={t.admin.state}><Chip tone={tones[user.role_state] ?? 'plain'} label={t.admin.roleStates[user.role_state] ?? user.role_state} /></td>
                  <td data-label={t.admin.since} className={classes.soft}>{formatWhen(user.created_at, t)}</td>
                  <td className={classes.rowActions}>
                    {user.id === me.id ? <span className={classes.soft}>{t.admin.you}</span> : (
                      <>
                        {user.role_state === 'pending' && (
                          <Button size="sm" aria-label={t.admin.confirmOf(user.username)} onClick={() => setVerifying(user)}>{t.admin.confirmDoctor}</Button>
                        )}
                        <Button
                          size="sm" variant="default" loading={busy === user.id} onClick={() => void setEnabled(user, user.role_state === 'disabled')}
                          aria-label={user.role_state === 'disabled' ? t.admin.switchOnOf(user.username) : t.admin.switchOffOf(user.username)}
                        >
                          {user.role_state === 'disabled' ? t.admin.switchOn : t.admin.switchOff}
                        </Button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
      <VerifyDialog
        user={verifying} onClose={() => setVerifying(null)}
        onDone={(user) => { put(user); announce(t.admin.verified(user.username)); }}
      />
    </>
  );
}
