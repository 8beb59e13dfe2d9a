import { Button } from '@mantine/core';
import type { Submission } from '../../api/types';
import { Icon } from '../../components/Icon';
import { Card } from '../../components/Page';
import { formatWhen } from '../../components/time';
import { useTexts } from '../../texts';
import { direction, readableLines } from './readable';
import classes from './Sent.module.css';

/** The approved text, large, one direction a line; below it the words it was made from. */
export function Instructions({ item }: { item: Submission }) {
  const t = useTexts();
  const text = (item.type === 'audio' ? item.doctor_summary : item.patient_instructions) ?? '';
  const source = item.type === 'audio' ? item.transcribed_text : item.extracted_text;
  const lines = readableLines(text);
  return (
    <>
      <Card className={classes.instructions}>
        <p className={classes.approved}>
          <Icon name="shield" />
          {item.approved_by_name ? t.patient.approvedBy(item.approved_by_name) : t.patient.approvedPlain}
          {item.approved_at && <span className={classes.soft}>{formatWhen(item.approved_at, t)}</span>}
        </p>
        {lines.map((block, i) => (block.kind === 'heading'
          ? <h2 key={i} className={classes.lineHeading}>{block.text}</h2>
          : (
            <ul key={i} className={classes.lines}>
              {block.items.map(direction).map((line, j) => (
                <li key={j}>{line.text}{line.copied && <span className={classes.copied}>{t.patient.copied}</span>}</li>
              ))}
            </ul>
          )))}
        <div className={classes.actions} data-no-print>
          <Button variant="default" leftSection={<Icon name="print" />} onClick={() => window.print()}>{t.patient.print}</Button>
        </div>
      </Card>
      {source && (
        <details className={classes.details}>
          <summary>{item.type === 'audio' ? t.patient.whatYouSaid : t.patient.whatItSays}</summary>
          <p className={classes.source}>{source}</p>
        </details>
      )}
    </>
  );
}
