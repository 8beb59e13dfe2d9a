import { useTexts } from '../../texts';
import type { Suggestion } from './draftLines';
import classes from './Draft.module.css';

interface Props { suggestion: Suggestion; line: string; onPut: (written: string, name: string) => void }

/** Known names beside one that was read and is not known. Only the doctor's press puts one in. */
export function Suggestions({ suggestion: { written, names }, line, onPut }: Props) {
  const t = useTexts().doctor;
  return (
    <div role="group" aria-label={`${t.likeNames(written)} ${line}`} className={classes.suggestions}>
      <span>{t.likeNames(written)}</span>
      {names.map((name) => (
        <button key={name} type="button" onClick={() => onPut(written, name)} aria-label={t.putName(name, written)} title={t.putName(name, written)}>
          <bdi>{name}</bdi>
        </button>
      ))}
    </div>
  );
}
