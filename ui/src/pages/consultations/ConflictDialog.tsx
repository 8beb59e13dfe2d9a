import { Button, Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useAnnounce } from '../../app/announce';
import { Dialog } from '../../components/Dialog';
import { useTexts } from '../../texts';
import classes from './Note.module.css';
import { diffLines } from './noteRows';
import type { NoteWork } from './useNote';

/** 412: a newer version exists. What differs is shown, and nothing typed is lost before the doctor has chosen. */
export function ConflictDialog({ work }: { work: NoteWork }) {
  const t = useTexts();
  const announce = useAnnounce();
  const { conflict, mine, dirty } = work;
  const choice = dirty && conflict?.status === 'draft';
  const rows = useMemo(() => (conflict && dirty ? diffLines(mine, conflict.text.trim()).filter((row) => row.side !== 'both') : []), [conflict, mine, dirty]);
  const copy = () => navigator.clipboard.writeText(mine).then(() => announce(t.notes.copied), () => announce(t.notes.copyFailed));
  return (
    <Dialog
      opened={conflict !== null} onClose={() => {}} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false}
      title={t.notes.changedTitle} size="lg"
    >
      <Text mb="sm">{t.notes.changedBody}</Text>
      {rows.length > 0 && (
        <>
          <h3 className={classes.diffTitle}>{t.notes.changedHow}</h3>
          <ul className={classes.diff} tabIndex={0} aria-label={t.notes.changedHow}>{/* it may scroll: then the keyboard must reach it */}
            {rows.map((row, i) => (
              <li key={i} data-side={row.side}>
                <span className={classes.whose}>{row.side === 'mine' ? t.notes.onlyMine : t.notes.onlyTheirs}</span>
                {row.text || '\u00a0'}
              </li>
            ))}
          </ul>
        </>
      )}
      <Group justify="flex-end" mt="lg">
        {dirty && <Button variant="subtle" onClick={() => void copy()}>{t.notes.copyMine}</Button>}
        <Button variant={choice ? 'default' : 'filled'} onClick={work.takeTheirs}>{choice ? t.notes.takeTheirs : t.notes.seeNew}</Button>
        {choice && <Button data-autofocus onClick={work.keepMine}>{t.notes.keepMine}</Button>}
      </Group>
    </Dialog>
  );
}
