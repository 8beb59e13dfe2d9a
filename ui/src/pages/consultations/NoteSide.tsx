import { Button, Group, Skeleton, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { notes, type Consultation, type Note, type Share } from '../../api/notes';
import { asProblem, type Problem } from '../../api/problem';
import { useResource } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import { useLeaveGuard } from '../../app/guards';
import { useUser } from '../../app/session';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { ProblemNote } from '../../components/Page';
import { formatWhen } from '../../components/time';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import classes from './Note.module.css';
import type { NoteWork } from './useNote';

export function SignedBy({ note }: { note: Note }) {
  const t = useTexts();
  return (
    <p className={classes.signed}>
      <Icon name="shield" />
      <strong>{t.notes.signedBy(note.author.username)}</strong>
      {note.signed_at && <span>{formatWhen(note.signed_at, t)}</span>}
      <span className={classes.soft} data-no-print>{t.notes.final}</span>
    </p>
  );
}

export function AddendaList({ note }: { note: Note }) {
  const t = useTexts();
  if (!note.addenda?.length) return null;
  return (
    <>
      <h3 className={classes.heading}>{t.notes.addenda}</h3>
      <ol className={classes.addenda}>
        {note.addenda.map((one) => (
          <li key={one.id}>
            <p className={classes.addendum}>{one.text}</p>
            <p className={classes.soft}>{t.notes.added(one.author.username, formatWhen(one.created_at, t))}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

/** What was added after the signature, and the author's form for more. */
export function Addenda({ work }: { work: NoteWork }) {
  const t = useTexts();
  const announce = useAnnounce();
  const note = work.note!;
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  useLeaveGuard(text.trim() !== '', t.notes.leaveUnsaved);
  const add = async () => {
    setMissing(text.trim() === '');
    if (text.trim() === '') return;
    if (!await work.run(() => notes.addAddendum(note.id, text.trim()))) return;
    setText('');
    setOpen(false);
    announce(t.notes.addendumDone);
  };
  return (
    <section>
      <AddendaList note={note} />
      {open ? (
        <form noValidate className={classes.sideForm} onSubmit={(event) => { event.preventDefault(); void add(); }}>
          <Textarea
            autoFocus label={t.notes.addendumLabel} description={t.notes.addendumHint} autosize minRows={3} maxLength={4000} value={text}
            error={missing && text.trim() === '' ? t.notes.addendumMissing : undefined} onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => { setOpen(false); setText(''); }}>{t.common.cancel}</Button>
            <Button type="submit" loading={work.busy === 'working'}>{t.notes.addendumDo}</Button>
          </Group>
        </form>
      ) : (
        <Button data-no-print mt="sm" variant="default" leftSection={<Icon name="plus" size={20} />} onClick={() => setOpen(true)}>{t.notes.addendumNew}</Button>
      )}
    </section>
  );
}

function ShareDialog({ work, opened, onClose, onDone }: { work: NoteWork; opened: boolean; onClose: () => void; onDone: (who: string) => void }) {
  const t = useTexts();
  const note = work.note!;
  const [user, setUser] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setMissing(user.trim() === '');
    if (user.trim() === '') return;
    setBusy(true);
    setProblem(null);
    try {
      await notes.share(note.id, user.trim());
      onDone(user.trim());
      setUser('');
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const refused = problem && [403, 404, 409, 422].includes(problem.status);
  const error = missing && user.trim() === '' ? t.notes.shareMissing : refused ? t.notes.shareUnknown : undefined;
  return (
    <Dialog opened={opened} onClose={onClose} title={t.notes.share}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); void send(); }}>
        {problem && !refused && <ProblemNote problem={problem} />}
        <TextInput
          data-autofocus label={t.notes.shareLabel} description={note.status === 'signed' ? t.notes.shareHint : t.notes.shareHintDraft} value={user} error={error}
          maxLength={200} autoComplete="off" onChange={(event) => setUser(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t.common.cancel}</Button>
          <Button type="submit" loading={busy}>{t.notes.share}</Button>
        </Group>
      </form>
    </Dialog>
  );
}

/** Who else can read the note; only the author sees and changes this. */
export function Sharing({ work, item }: { work: NoteWork; item: Consultation }) {
  const t = useTexts();
  const announce = useAnnounce();
  const note = work.note!;
  const [opened, setOpened] = useState(false);
  const shares = note.shares ?? [];
  const patientId = item.patient_user_id;
  const patient = item.patient_name ?? t.roles.patient;
  const offer = note.status === 'signed' && patientId !== null && item.patient_name !== null && !shares.some((one) => one.user_id === patientId);
  const shareWithPatient = async () => {
    if (await work.run(() => notes.share(note.id, patient))) announce(t.notes.shareDone(patient));
  };
  const stop = async (one: Share) => {
    if (await work.run(() => notes.unshare(note.id, one.user_id))) announce(t.notes.unshareDone(one.username));
  };
  return (
    <section className={classes.side} data-no-print>
      <h3 className={classes.sideTitle}><Icon name="people" size={20} />{t.notes.sharing}</h3>
      {shares.length === 0 && <p className={classes.soft}>{t.notes.onlyYou}</p>}
      {shares.length > 0 && (
        <ul className={classes.people}>
          {shares.map((one) => (
            <li key={one.user_id}>
              <span><strong>{one.username}</strong>, {t.roles[one.role]} <span className={classes.soft}>{t.notes.sharedSince(formatWhen(one.shared_at, t))}</span></span>
              <Button size="sm" variant="default" onClick={() => void stop(one)} aria-label={t.notes.unshareOf(one.username)}>{t.notes.unshare}</Button>
            </li>
          ))}
        </ul>
      )}
      <Group gap="sm">
        {offer && <Button leftSection={<Icon name="person" size={20} />} loading={work.busy === 'working'} onClick={() => void shareWithPatient()}>{t.notes.shareWithPatient(patient)}</Button>}
        <Button variant="default" leftSection={<Icon name="plus" size={20} />} onClick={() => setOpened(true)}>{t.notes.share}</Button>
      </Group>
      <ShareDialog
        work={work} opened={opened} onClose={() => setOpened(false)}
        onDone={(who) => { setOpened(false); announce(t.notes.shareDone(who)); work.reload(); }}
      />
    </section>
  );
}

function VersionDialog({ id, version, onClose }: { id: string; version: number; onClose: () => void }) {
  const t = useTexts();
  const found = useResource(`version ${id} ${version}`, (signal) => notes.version(id, version, signal));
  return (
    <Dialog opened onClose={onClose} title={t.notes.versionOf(version)} size="lg">
      {found.problem && <ProblemNote problem={found.problem} onRetry={found.reload} />}
      {!found.data && !found.problem && <Skeleton height={200} />}
      {found.data && <Text className={classes.oldText}>{found.data.text}</Text>}
    </Dialog>
  );
}

export function Versions({ note }: { note: Note }) {
  const t = useTexts();
  const me = useUser();
  const [shown, setShown] = useState<number | null>(null);
  const history = note.history ?? [];
  if (history.length === 0) return null;
  // nobody but its author changes a note
  const who = (by: string | null) => (by === null ? t.doctor.machine : by === me.id ? t.doctor.you : by === note.author.user_id ? note.author.username : t.doctor.colleague);
  return (
    <details className={bench.history} data-no-print>
      <summary>{t.notes.versions}</summary>
      <p>{t.notes.versionNote}</p>
      <ol className={classes.versions}>
        {history.map((one) => (
          <li key={one.version}>
            <span><strong>{t.notes.versionOf(one.version)}</strong> {t.doctor.historyBy(who(one.by))}, {formatWhen(one.at, t)}</span>
            {one.version === note.version ? <span className={classes.soft}>{t.notes.versionNow}</span> : (
              <Button size="compact-md" variant="subtle" onClick={() => setShown(one.version)} aria-label={t.notes.versionLookOf(one.version)}>{t.notes.versionLook}</Button>
            )}
          </li>
        ))}
      </ol>
      {shown !== null && <VersionDialog id={note.id} version={shown} onClose={() => setShown(null)} />}
    </details>
  );
}
