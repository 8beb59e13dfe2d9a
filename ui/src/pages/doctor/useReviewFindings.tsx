import { useRef } from 'react';
import { useAnnounce } from '../../app/announce';
import { lineId } from '../../components/draft/DraftEditor';
import { openOrigins, wordsBehind, type EditLine } from '../../components/draft/draftLines';
import { AgainNote, FindingNote, findingId, MarkedText, UnsureWords } from '../../components/findings/Findings';
import { nextOpen, openOnes, type Placed } from '../../components/findings/findings';
import { unsureIn } from '../../components/words';
import { useTexts } from '../../texts';
import type { Review } from './useReview';

export const draftHeading = 'draft-heading';

/** The findings of a review: where the doctor stands among them, and what stands under and in each line. */
export function useReviewFindings(review: Review, editable: boolean, onChoose: (key: number) => void, onHear: ((line: EditLine) => void) | null) {
  const t = useTexts();
  const announce = useAnnounce();
  const current = useRef<number | null>(null);
  const { lines, machine, placed } = review;
  const source = review.item?.type === 'audio' ? 'audio' as const : 'image' as const;
  const open = openOnes(placed.map((one) => one.finding)).length;

  const jump = (one: Placed | null) => {
    if (!one) return;
    current.current = one.finding.number;
    const line = lines[one.row];
    if (line) onChoose(line.key);
    document.getElementById(findingId(one.finding.number))?.focus();
  };
  const move = (step: 1 | -1) => jump(nextOpen(placed, current.current, step));
  const confirm = async (number: number) => {
    const left = placed.filter((one) => one.finding.number !== number);
    if (!await review.confirm(number)) return;
    announce(t.findings.confirmed(openOnes(left.map((one) => one.finding)).length));
    current.current = number;
    const next = nextOpen(left, number);
    if (next) jump(next);
    else document.getElementById(draftHeading)?.focus(); // the note that had the focus is gone
  };
  const confirmCurrent = () => {
    const focused = document.activeElement?.closest<HTMLElement>('[data-finding]')?.dataset.finding;
    const number = focused ? Number(focused) : current.current;
    if (editable && !review.busy && placed.some((one) => one.finding.number === number && one.finding.resolution === null)) void confirm(number!);
  };

  const of = (line: EditLine) => { const at = lines.indexOf(line); return placed.filter((one) => one.row === at); };
  const note = (one: Placed, line: EditLine | null) => {
    const behind = line && wordsBehind(line, machine.lines).length > 0 ? line : null;
    const question = line && one.finding.kind === 'not_understood' ? openOrigins(line, machine.lines).map((from) => from.question).filter(Boolean).join(' ') : '';
    return (
      <FindingNote
        key={one.finding.number} finding={one.finding} source={source} question={question || null} busy={review.busy !== null}
        onConfirm={editable ? () => void confirm(one.finding.number) : null}
        onEdit={editable && line ? () => document.getElementById(lineId(line.key))?.focus() : null}
        onEvidence={behind ? () => { onChoose(behind.key); onHear?.(behind); } : null}
      />
    );
  };
  const below = (line: EditLine) => {
    const here = of(line);
    if (here.length > 0) return here.map((one) => note(one, line));
    return review.changed.has(line.key) ? <AgainNote /> : null;
  };
  const doubtful = (line: EditLine) => unsureIn(line.text, review.item?.evidence?.words ?? [], wordsBehind(line, machine.lines));
  const marked = (line: EditLine) => <MarkedText row={line.text} placed={of(line)} unsure={doubtful(line)} />;
  const unsure = (line: EditLine, id: string) => {
    const ranges = doubtful(line);
    return ranges.length === 0 ? null : <UnsureWords id={id} row={line.text} unsure={ranges} source={source} />;
  };
  const anyUnsure = lines.some((line) => doubtful(line).length > 0);
  return { open, jump, move, confirmCurrent, below, marked, unsure, anyUnsure, whole: placed.filter((one) => one.row < 0).map((one) => note(one, null)) };
}
