import { Button } from '@mantine/core';
import { useState } from 'react';
import { consents } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import { useTexts } from '../../texts';
import { Note, ProblemNote } from '../Page';
import classes from './Consents.module.css';

/**
 * An upload that lacks a consent of the person who sends it: asks for exactly that, here, and sends again. What was to be sent
 * stays where it is. Every other problem is shown as usual.
 */
export function OwnSendProblem({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const t = useTexts();
  const [failed, setFailed] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  if (problem.code !== 'consent_required' || problem.consents.length === 0) return <ProblemNote problem={problem} {...(onRetry && { onRetry })} />;
  const allow = async () => {
    setBusy(true);
    setFailed(null);
    try {
      for (const type of problem.consents) await consents.grant(type, null);
      onRetry?.();
    } catch (error) {
      setFailed(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {failed && <ProblemNote problem={failed} />}
      <Note tone="mark" icon="question" title={t.consents.neededTitle} alert>
        <p>{t.consents.neededBody}</p>
        {problem.consents.map((type) => (
          <p key={type} className={classes.text}><strong>{t.consents.kinds[type].name}.</strong> {t.consents.kinds[type].allows}</p>
        ))}
        <Button mt="sm" loading={busy} onClick={() => void allow()}>{t.consents.allowAndSend}</Button>
      </Note>
    </>
  );
}
