import { Button } from '@mantine/core';
import { useState } from 'react';
import { account } from '../../api/endpoints';
import { usePages } from '../../api/useResource';
import { useUser } from '../../app/session';
import { Icon } from '../../components/Icon';
import { EmptyState, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Segments } from '../../components/Segments';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';
import { describeAction } from '../../texts/actions';
import classes from './Home.module.css';
import { gatherLooks } from './looks';

export function LookedPage() {
  const t = useTexts();
  const user = useUser();
  const list = usePages('looked', (cursor, signal) => account.accessLog(cursor, signal));
  // What a worried person wants to know first is who else it was.
  const [show, setShow] = useState<'others' | 'all'>('others');
  const rows = list.rows ? gatherLooks(list.rows.filter((row) => show === 'all' || row.who !== user.username)) : null;
  return (
    <>
      <PageHead title={t.patient.lookedTitle} lead={t.patient.lookedLead} />
      <div className={classes.filter}>
        <Segments
          label={t.patient.lookedShow} name="who" value={show} onChange={setShow}
          options={[{ value: 'others', label: t.patient.lookedOthers }, { value: 'all', label: t.patient.lookedAll }]}
        />
      </div>
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!rows && !list.problem && <RowsSkeleton rows={4} height={78} />}
      {rows?.length === 0 && !list.more && <EmptyState icon="eye" title={t.patient.lookedEmptyTitle} body={t.patient.lookedEmptyBody} />}
      {rows && rows.length > 0 && (
        <ul className={classes.rows}>
          {rows.map((row, i) => (
            <li key={`${row.at} ${i}`} className={classes.row}>
              <span className={classes.rowIcon}><Icon name={row.who === user.username ? 'person' : 'eye'} /></span>
              <span className={classes.rowMain}>
                <span className={classes.rowTitle}>
                  {row.who === user.username ? t.patient.lookedYou : row.who
                    ? `${row.who}, ${t.roles[row.role as keyof typeof t.roles] ?? row.role}` : t.patient.lookedMachine}
                </span>
                <span className={classes.rowSoft}>
                  {row.acts.map((act) => `${describeAction(act.action, act.resource_type, t)}${act.count > 1 ? ` (${t.patient.lookedTimes(act.count)})` : ''}`).join(', ')}
                </span>
              </span>
              <time dateTime={row.at} className={classes.rowSoft}>{formatWhen(row.at, t)}</time>
            </li>
          ))}
        </ul>
      )}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
    </>
  );
}
