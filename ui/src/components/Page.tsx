import { Button, Skeleton } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { Problem } from '../api/problem';
import { useRouter } from '../app/router';
import { useTexts } from '../texts';
import { sentenceFor } from '../texts/sentence';
import { Icon, type IconName } from './Icon';
import classes from './Page.module.css';

/**
 * The head of a page. After a move inside the app it takes the focus, so that a screen reader says where we are and
 * the keyboard starts at the top.
 */
export function PageHead({ title, lead, side }: { title: string; lead?: ReactNode; side?: ReactNode }) {
  const t = useTexts();
  const { moves } = useRouter();
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(moves);
  useEffect(() => { document.title = `${title} · ${t.brand}`; }, [title, t]);
  useEffect(() => { if (first.current > 0) heading.current?.focus({ preventScroll: true }); }, []);
  return (
    <div className={classes.head}>
      <div>
        <h1 ref={heading} tabIndex={-1} className={classes.title}>{title}</h1>
        {lead && <p className={classes.lead}>{lead}</p>}
      </div>
      {side && <div className={classes.side}>{side}</div>}
    </div>
  );
}

export function EmptyState({ icon, title, body, children }: {
  icon: IconName; title: string; body: string; children?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      <span className={classes.emptyIcon}><Icon name={icon} size={30} /></span>
      <p className={classes.emptyTitle}>{title}</p>
      <p className={classes.emptyBody}>{body}</p>
      {children}
    </div>
  );
}

/** A problem in words, announced at once, with the way out. */
export function ProblemNote({ problem, title, onRetry }: { problem: Problem; title?: string; onRetry?: () => void }) {
  const t = useTexts();
  return (
    <Note tone="bad" icon="alert" title={title ?? t.problems.title} alert>
      <p>{sentenceFor(problem, t)}</p>
      {problem.status >= 500 && problem.requestId && <p className={classes.small}>{t.problems.reference(problem.requestId)}</p>}
      {onRetry && <Button mt="sm" variant="default" onClick={onRetry}>{t.common.tryAgain}</Button>}
    </Note>
  );
}

type Tone = 'bad' | 'mark' | 'good' | 'calm' | 'plain';

export function Note({ tone, icon, title, children, alert }: {
  tone: Tone; icon: IconName; title?: string | undefined; children?: ReactNode; alert?: boolean;
}) {
  return (
    <div className={classes.note} data-tone={tone} role={alert ? 'alert' : undefined}>
      <Icon name={icon} />
      <div className={classes.noteBody}>
        {title && <p className={classes.noteTitle}>{title}</p>}
        {children}
      </div>
    </div>
  );
}

export function Card({ children, className, label }: { children: ReactNode; className?: string | undefined; label?: string }) {
  return <section aria-label={label} className={`${classes.card} ${className ?? ''}`}>{children}</section>;
}

/** Rows of the height the list will have: nothing jumps when it arrives. */
export function RowsSkeleton({ rows, height }: { rows: number; height: number }) {
  const t = useTexts();
  return (
    <div role="status" aria-label={t.common.loading} className={classes.skeleton}>
      {Array.from({ length: rows }, (_, i) => <Skeleton key={i} height={height} radius={14} />)}
    </div>
  );
}
