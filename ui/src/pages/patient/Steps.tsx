import type { Status } from '../../api/types';
import { Icon } from '../../components/Icon';
import { useTexts } from '../../texts';
import classes from './Sent.module.css';

// How many of the four steps are done in each state.
const done: Partial<Record<Status, number>> = { queued: 1, processing: 1, draft: 2, approved: 4 };

/** Where the submission is on its way: four steps, the present one named for everybody. */
export function Steps({ status }: { status: Status }) {
  const t = useTexts();
  const reached = done[status];
  if (reached === undefined) return null;
  const names = [t.patient.steps.sent, t.patient.steps.read, t.patient.steps.checked, t.patient.steps.ready];
  return (
    <ol className={classes.steps} aria-label={t.patient.stepsLabel}>
      {names.map((name, i) => {
        const state = i < reached ? 'done' : i === reached ? 'now' : 'next';
        return (
          <li key={name} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
            <span className={classes.dot}>{state === 'done' ? <Icon name="check" size={18} /> : i + 1}</span>
            <span className={classes.stepName}>{name}</span>
            <span className="sr-only">({state === 'done' ? t.patient.stepDone : state === 'now' ? t.patient.stepNow : t.patient.stepNext})</span>
          </li>
        );
      })}
    </ol>
  );
}
