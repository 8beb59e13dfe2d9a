import { Button, Progress } from '@mantine/core';
import { useTexts } from '../../texts';
import classes from './Recorder.module.css';

export function SendingCard({ share, bytes, onCancel }: { share: number; bytes: number; onCancel: () => void }) {
  const t = useTexts();
  const arrived = share >= 0.99;
  return (
    <div className={classes.sending}>
      <p className={classes.sendingTitle}>{arrived ? t.recorder.arrived : t.recorder.sending}</p>
      <Progress.Root size={14} radius={7} aria-label={t.recorder.progress}>
        <Progress.Section color="var(--brand)" value={share * 100} aria-label={t.recorder.progress} />
      </Progress.Root>
      <p className={`${classes.sendingOf} tabular`}>{t.recorder.sendingOf(t.bytes(bytes * share), t.bytes(bytes))}</p>
      <Button variant="default" onClick={onCancel} disabled={arrived}>{t.recorder.stopSending}</Button>
    </div>
  );
}
