import { Button, Textarea, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { admin } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import type { Medicine } from '../../api/types';
import { usePages } from '../../api/useResource';
import { useAnnounce } from '../../app/announce';
import { Icon } from '../../components/Icon';
import { EmptyState, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';
import classes from './Admin.module.css';
import { inPieces, readNames } from './medicineNames';

const WAIT_MS = 300;

function AddNames({ onAdded }: { onAdded: () => void }) {
  const t = useTexts().medicines;
  const announce = useAnnounce();
  const [text, setText] = useState('');
  const [error, setError] = useState<string | undefined>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const send = async () => {
    const { lines, fault } = readNames(text);
    setProblem(null);
    setError(fault ? t.faults[fault.what](fault.line) : lines.length === 0 ? t.nothing : undefined);
    if (fault || lines.length === 0) return;
    setBusy(true);
    let added = 0;
    let there = 0;
    try {
      for (const names of inPieces(lines)) {
        const answer = await admin.addMedicines(names);
        added += answer.added;
        there += answer.already_there;
      }
      setText('');
      announce(t.added(added, there));
    } catch (caught) {
      setProblem(asProblem(caught));
    } finally {
      setBusy(false);
      if (added > 0) onAdded();
    }
  };
  return (
    <form noValidate className={classes.addNames} onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <Textarea
        label={t.names} description={t.namesHint} value={text} error={error} autosize minRows={2} maxRows={12} spellCheck={false} dir="auto"
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {problem && <ProblemNote problem={problem} />}
      <Button type="submit" loading={busy} leftSection={<Icon name="plus" size={20} />}>{t.add}</Button>
    </form>
  );
}

/** What was removed last, and the way back. The row's button is gone, so the keyboard goes on here. */
function Removed({ medicine, onUndo }: { medicine: Medicine; onUndo: () => void }) {
  const t = useTexts().medicines;
  const undo = useRef<HTMLButtonElement>(null);
  useEffect(() => { undo.current?.focus(); }, [medicine]);
  return (
    <p role="status" className={classes.removed}>
      <span>{t.removed} <bdi>{medicine.name}</bdi></span>
      <Button ref={undo} size="sm" variant="default" leftSection={<Icon name="undo" size={18} />} onClick={onUndo}>{t.undo}</Button>
    </p>
  );
}

export function MedicinesPage() {
  const texts = useTexts();
  const t = texts.medicines;
  const announce = useAnnounce();
  const [search, setSearch] = useState('');
  const [wanted, setWanted] = useState('');
  const [count, setCount] = useState<{ total: number; most: number } | null>(null);
  const [removed, setRemoved] = useState<Medicine | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(search.trim()), WAIT_MS);
    return () => clearTimeout(timer);
  }, [search]);
  const list = usePages(`medicines ${wanted}`, async (cursor, signal) => {
    const page = await admin.medicines(wanted, cursor, signal);
    setCount({ total: page.total, most: page.most });
    return page;
  });

  const act = async (id: string, what: () => Promise<void>) => {
    setBusy(id);
    setProblem(null);
    try {
      await what();
    } catch (caught) {
      setProblem(asProblem(caught));
    } finally {
      setBusy(null);
    }
  };
  const remove = (medicine: Medicine) => act(medicine.id, async () => {
    await admin.removeMedicine(medicine.id);
    list.replace((rows) => rows.filter((row) => row.id !== medicine.id));
    setCount((now) => now && { ...now, total: now.total - 1 });
    setRemoved(medicine);
  });
  const undo = (medicine: Medicine) => act(medicine.id, async () => {
    await admin.addMedicines(medicine.note ? `${medicine.name}\t${medicine.note}` : medicine.name);
    setRemoved(null);
    announce(t.backAgain(medicine.name));
    list.reload();
  });

  return (
    <>
      <PageHead title={t.title} lead={t.lead} />
      <AddNames onAdded={() => { setRemoved(null); list.reload(); }} />
      <div className={classes.filters}>
        <TextInput
          type="search" label={t.search} value={search} maxLength={100} autoComplete="off"
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {count && <p className={classes.soft}>{t.count(count.total, count.most)}</p>}
      </div>
      {problem && <ProblemNote problem={problem} />}
      {removed && <Removed medicine={removed} onUndo={() => void undo(removed)} />}
      {list.problem && <ProblemNote problem={list.problem} title={texts.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={6} height={56} />}
      {list.rows?.length === 0 && (
        <div className={classes.nothing}>
          {wanted === '' ? <EmptyState icon="list" title={t.emptyTitle} body={t.emptyBody} /> : <EmptyState icon="question" title={t.notFoundTitle} body={t.notFoundBody} />}
        </div>
      )}
      {list.rows && list.rows.length > 0 && (
        <div className={classes.tableBox}>
          <table className={classes.table}>
            <caption className="sr-only">{t.title}</caption>
            <thead>
              <tr>
                <th scope="col">{t.name}</th><th scope="col">{t.note}</th><th scope="col">{t.since}</th>
                <th scope="col"><span className="sr-only">{texts.admin.actions}</span></th>
              </tr>
            </thead>
            <tbody>
              {list.rows.map((medicine) => (
                <tr key={medicine.id}>
                  <th scope="row"><bdi className={classes.name}>{medicine.name}</bdi></th>
                  <td data-label={t.note} className={classes.soft}><bdi>{medicine.note || texts.common.none}</bdi></td>
                  <td data-label={t.since} className={classes.soft}>{formatWhen(medicine.created_at, texts)}</td>
                  <td className={classes.rowActions}>
                    <Button size="sm" variant="default" loading={busy === medicine.id} aria-label={t.removeOf(medicine.name)} onClick={() => void remove(medicine)}>
                      {t.remove}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{texts.common.showMore}</Button>}
    </>
  );
}
