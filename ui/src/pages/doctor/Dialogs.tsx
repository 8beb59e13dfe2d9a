import { Button, Group, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useLeaveGuard } from '../../app/guards';
import { ProblemNote } from '../../components/Page';
import { Dialog } from '../../components/Dialog';
import { useTexts } from '../../texts';
import type { Review } from './useReview';

export function ReturnDialog({ review, opened, onClose }: { review: Review; opened: boolean; onClose: () => void }) {
  const t = useTexts();
  const [question, setQuestion] = useState('');
  const [missing, setMissing] = useState(false);
  useLeaveGuard(opened && question.trim() !== '', t.doctor.leaveUnsaved);
  const send = async () => {
    setMissing(question.trim() === '');
    if (question.trim() === '') return;
    if (await review.giveBack(question.trim())) setQuestion('');
    onClose();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title={t.doctor.returnTitle} size="lg">
      <form noValidate onSubmit={(event) => { event.preventDefault(); void send(); }}>
        <Text mb="md">{t.doctor.returnLead}</Text>
        {review.problem && <ProblemNote problem={review.problem} />}
        <Textarea
          data-autofocus label={t.doctor.returnLabel} description={t.doctor.returnExample} autosize minRows={3} maxLength={2000}
          value={question} error={missing && question.trim() === '' ? t.doctor.returnMissing : undefined}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        {review.dirty && <Text mt="sm" c="dimmed" size="sm">{t.doctor.returnLosesEdits}</Text>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t.common.cancel}</Button>
          <Button type="submit" loading={review.busy === 'returning'}>{t.doctor.returnDo}</Button>
        </Group>
      </form>
    </Dialog>
  );
}

/** 412: somebody was faster. Nothing is overwritten and nothing is thrown away before the doctor has chosen. */
export function ConflictDialog({ review }: { review: Review }) {
  const t = useTexts();
  const still = review.conflict?.item.status === 'draft';
  const choice = review.dirty && still;
  return (
    <Dialog
      opened={review.conflict !== null} onClose={() => {}} withCloseButton={false} closeOnEscape={false}
      closeOnClickOutside={false} title={t.doctor.changedTitle}
    >
      <Text mb="sm">{t.doctor.changedBody}</Text>
      {choice && <Text mb="sm" fw={650}>{t.doctor.changedYours}</Text>}
      <Group justify="flex-end" mt="lg">
        {choice && <Button variant="default" onClick={review.keepMine}>{t.doctor.keepMine}</Button>}
        <Button data-autofocus onClick={review.takeTheirs}>{choice ? t.doctor.takeTheirs : t.doctor.seeNew}</Button>
      </Group>
    </Dialog>
  );
}
