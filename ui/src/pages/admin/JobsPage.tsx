import { Button, Progress } from '@mantine/core';
import { useEffect } from 'react';
import { admin } from '../../api/endpoints';
import { usePages } from '../../api/useResource';
import { EmptyState, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Chip } from '../../components/StatusChip';
import { Ago } from '../../components/time';
import { useTexts } from '../../texts';
import classes from './Admin.module.css';

const LOOK_EVERY_MS = 20_000;
const tones: Record<string, string> = { done: 'good', running: 'calm', failed: 'bad', waiting: 'mark' };

export function JobsPage() {
  const t = useTexts();
  const list = usePages('jobs', (cursor, signal) => admin.jobs(cursor, signal));
  const { reload } = list;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) reload(); }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [reload]);

  return (
    <>
      <PageHead title={t.admin.jobsTitle} lead={t.admin.jobsLead} side={<Button variant="default" loading={list.loading} onClick={list.reload}>{t.common.reload}</Button>} />
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={8} height={58} />}
      {list.rows?.length === 0 && <EmptyState icon="gear" title={t.admin.jobsEmptyTitle} body={t.admin.jobsEmptyBody} />}
      {list.rows && list.rows.length > 0 && (
        <div className={classes.tableBox}>
          <table className={classes.table}>
            <caption className="sr-only">{t.admin.jobsTitle}</caption>
            <thead>
              <tr>
                <th scope="col">{t.admin.job}</th><th scope="col">{t.admin.state}</th><th scope="col">{t.admin.progress}</th>
                <th scope="col">{t.admin.attempts}</th><th scope="col">{t.admin.updated}</th><th scope="col">{t.admin.lastError}</th>
              </tr>
            </thead>
            <tbody>
              {list.rows.map((job) => (
                <tr key={job.id}>
                  <th scope="row"><span className={classes.name}>{t.admin.jobKinds[job.kind] ?? job.kind}</span><code className={classes.soft}>{job.id.slice(0, 8)}</code></th>
                  <td data-label={t.admin.state}><Chip tone={tones[job.state] ?? 'plain'} label={t.admin.jobStates[job.state] ?? job.state} /></td>
                  <td data-label={t.admin.progress}>
                    {job.state === 'running' || job.state === 'queued' ? (
                      <div className={classes.progress}>
                        <Progress.Root size={8} radius={4}><Progress.Section color="var(--brand)" value={job.percent ?? 0} aria-label={t.admin.progress} /></Progress.Root>
                        <span className="tabular">{job.percent ?? 0} % {t.patient.stages[job.stage ?? ''] ?? job.stage ?? ''}</span>
                      </div>
                    ) : t.common.none}
                  </td>
                  <td data-label={t.admin.attempts} className="tabular">{job.attempts}</td>
                  <td data-label={t.admin.updated} className={classes.soft}><Ago iso={job.updated_at} /></td>
                  <td data-label={t.admin.lastError}>{job.last_error ? t.doctor.reasons[job.last_error] ?? job.last_error : t.common.none}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
    </>
  );
}
