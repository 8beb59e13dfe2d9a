import { Button, Group, Text } from '@mantine/core';
import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from 'react';
import { Dialog } from '../components/Dialog';
import { useTexts } from '../texts';

export interface Question { title: string; body: string; yes: string; no?: string; danger?: boolean }
type Ask = (question: Question) => Promise<boolean>;

const AskContext = createContext<Ask>(() => Promise.resolve(false));
export const useAsk = () => useContext(AskContext);

/** One yes-or-no dialog for the whole page: `await ask({...})`. Escape and a click outside mean no. */
export function AskProvider({ children }: { children: ReactNode }) {
  const t = useTexts();
  const [question, setQuestion] = useState<Question | null>(null);
  const [open, setOpen] = useState(false);
  const answer = useRef<(yes: boolean) => void>(() => {});

  const ask = useCallback<Ask>((next) => new Promise((resolve) => {
    answer.current(false);
    answer.current = resolve;
    setQuestion(next);
    setOpen(true);
  }), []);

  const close = (yes: boolean) => {
    setOpen(false);
    answer.current(yes);
    answer.current = () => {};
  };

  return (
    <AskContext.Provider value={ask}>
      {children}
      <Dialog opened={open} onClose={() => close(false)} title={question?.title}>
        <Text mb="lg">{question?.body}</Text>
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={() => close(false)}>{question?.no ?? t.common.cancel}</Button>
          <Button color={question?.danger ? 'red.9' : 'pine'} onClick={() => close(true)}>{question?.yes}</Button>
        </Group>
      </Dialog>
    </AskContext.Provider>
  );
}
