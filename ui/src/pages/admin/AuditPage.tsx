import { Button, TextInput } from '@mantine/core';
import { Fragment, useState, type FormEvent } from 'react';
import { admin } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import type { AuditRow, AuditVerdict } from '../../api/types';
import { usePages } from '../../api/useResource';
import { Icon } from '../../components/Icon';
import { EmptyState, Note, PageHead, ProblemNote, RowsSkeleton } from '../../components/Page';
import { Chip } from '../../components/StatusChip';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';
import classes from './Admin.module.css';

const short = (id: string | null) => (id ? id.slice(0, 8) : null);

function Verify() {
  const t = useTexts();
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const number = new Intl.NumberFormat(t.language);
  const run = async () => {
    setBusy(true);
    setVerdict(null);
    setProblem(null);
    try {
      setVerdict(await admin.verifyAudit());
    } catch (caught) {
      setProblem(asProblem(caught));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={classes.verify}>
      <Button leftSection={<Icon name="shield" />} loading={busy} onClick={() => void run()}>{t.admin.verifyChain}</Button>
      <div role="status" className={classes.verdict}>
        {busy && <span className="sr-only">{t.admin.verifying}</span>}
        {problem && <ProblemNote problem={problem} />}
        {verdict?.ok && <Note tone="good" icon="check" title={t.admin.chainOk(number.format(verdict.rows))} />}
        {verdict && !verdict.ok && (
          <Note tone="bad" icon="alert" title={t.admin.chainBad(String(verdict.first_bad_seq ?? '?'))}>
            {verdict.reason && <p>{verdict.reason}</p>}
            <p>{t.admin.chainBadHelp}</p>
          </Note>
        )}
      </div>
    </div>
  );
}

function Details({ row, onUser }: { row: AuditRow; onUser: (id: string) => void }) {
  const t = useTexts();
  const facts: [string, string | null][] = [
    [t.admin.name, row.username ?? null], [t.admin.filterUser, row.user_id], [t.admin.resource, [row.resource_type, row.resource_id].filter(Boolean).join(' ') || null],
    [t.admin.browser, row.user_agent], [t.admin.requestId, row.request_id], [t.admin.hash, row.hash],
    [t.admin.details, row.details === null || row.details === undefined ? null : JSON.stringify(row.details)],
  ];
  return (
    <>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => value && <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      {row.user_id && <Button size="sm" variant="default" onClick={() => onUser(row.user_id!)}>{t.admin.onlyThisUser}</Button>}
    </>
  );
}

export function AuditPage() {
  const t = useTexts();
  const [typed, setTyped] = useState({ action: '', user_id: '' });
  const [filter, setFilter] = useState({ action: '', user_id: '' });
  const [open, setOpen] = useState<number | null>(null);
  const list = usePages(`audit ${filter.action} ${filter.user_id}`, (cursor, signal) => admin.audit(filter, cursor, signal));
  const filtered = filter.action !== '' || filter.user_id !== '';

  const apply = (event: FormEvent) => {
    event.preventDefault();
    setOpen(null);
    setFilter({ action: typed.action.trim(), user_id: typed.user_id.trim() });
  };
  const show = (next: { action: string; user_id: string }) => { setTyped(next); setFilter(next); setOpen(null); };
  const known = [...new Set(list.rows?.map((row) => row.action) ?? [])].sort();

  return (
    <>
      <PageHead title={t.admin.auditTitle} lead={t.admin.auditLead} />
      <Verify />
      <form className={classes.filters} onSubmit={apply}>
        <TextInput
          label={t.admin.filterAction} placeholder={t.admin.filterActionHint} list="audit-actions" value={typed.action} autoCapitalize="none"
          maxLength={100} onChange={(event) => setTyped({ ...typed, action: event.currentTarget.value })}
        />
        <datalist id="audit-actions">{known.map((action) => <option key={action} value={action} />)}</datalist>
        <TextInput
          label={t.admin.filterUser} value={typed.user_id} autoCapitalize="none" maxLength={36} spellCheck={false}
          onChange={(event) => setTyped({ ...typed, user_id: event.currentTarget.value })}
        />
        <Button type="submit">{t.admin.apply}</Button>
        {filtered && <Button variant="default" onClick={() => show({ action: '', user_id: '' })}>{t.admin.clear}</Button>}
      </form>
      {list.problem && <ProblemNote problem={list.problem} title={t.problems.loadTitle} onRetry={list.reload} />}
      {!list.rows && !list.problem && <RowsSkeleton rows={8} height={52} />}
      {list.rows?.length === 0 && <EmptyState icon="shield" title={t.admin.auditEmptyTitle} body={t.admin.auditEmptyBody} />}
      {list.rows && list.rows.length > 0 && (
        <div className={classes.tableBox}>
          <table className={classes.table}>
            <caption className="sr-only">{t.admin.auditTitle}</caption>
            <thead>
              <tr>
                <th scope="col">{t.admin.when}</th><th scope="col">{t.admin.action}</th><th scope="col">{t.admin.who}</th>
                <th scope="col">{t.admin.what}</th><th scope="col">{t.admin.from}</th><th scope="col">{t.admin.result}</th>
                <th scope="col"><span className="sr-only">{t.admin.details}</span></th>
              </tr>
            </thead>
            <tbody>
              {list.rows.map((row) => (
                <Fragment key={row.seq}>
                  <tr>
                    <th scope="row" className="tabular"><span className={classes.plain}>{formatWhen(row.timestamp, t, true)}</span></th>
                    <td data-label={t.admin.action}><strong>{row.action}</strong></td>
                    <td data-label={t.admin.who}>{row.username ? <span title={row.user_id ?? undefined}>{row.username}</span> : <code title={row.user_id ?? undefined}>{short(row.user_id) ?? t.admin.nobody}</code>}</td>
                    <td data-label={t.admin.what}>{row.resource_type ?? t.common.none} {row.resource_id && <code title={row.resource_id}>{short(row.resource_id)}</code>}</td>
                    <td data-label={t.admin.from} className="tabular">{row.ip_address ?? t.common.none}</td>
                    <td data-label={t.admin.result}><Chip tone={row.success ? 'good' : 'bad'} label={row.success ? t.admin.success : t.admin.refused} /></td>
                    <td className={classes.rowActions}>
                      <button
                        type="button" className={classes.more} aria-expanded={open === row.seq} aria-label={t.admin.detailsOf(row.seq)}
                        onClick={() => setOpen(open === row.seq ? null : row.seq)}
                      >
                        <Icon name="chevron" size={20} />
                      </button>
                    </td>
                  </tr>
                  {open === row.seq && (
                    <tr className={classes.detailRow}><td colSpan={7}><Details row={row} onUser={(id) => show({ action: '', user_id: id })} /></td></tr>
                  )}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.more && <Button mt="md" variant="default" fullWidth loading={list.loading} onClick={list.more}>{t.common.showMore}</Button>}
    </>
  );
}
