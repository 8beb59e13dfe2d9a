import { useMemo } from 'react';
import { submissions } from '../../api/endpoints';
import { useResource } from '../../api/useResource';
import { useRouter } from '../../app/router';
import { Note } from '../../components/Page';
import { useTexts } from '../../texts';

export const answerLink = (kind: 'voice' | 'photo', id: string) => `/new/${kind}?answers=${encodeURIComponent(id)}`;

/** The doctor's question that a new recording or picture answers (`?answers=ID`), if any. */
export function useQuestion(): string | null {
  const { search } = useRouter();
  const id = search.get('answers');
  const item = useResource(`question ${id ?? ''}`, async (signal) => (id ? (await submissions.open(id, signal)).data : null));
  return item.data?.question ?? null;
}

export function QuestionNote({ question }: { question: string | null }) {
  const t = useTexts();
  return useMemo(() => (question === null ? null : (
    <Note tone="mark" icon="question" title={t.patient.answering}><p>{question}</p></Note>
  )), [question, t]);
}
