import { Button, Skeleton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { submissions } from '../../api/endpoints';
import { useAnnounce } from '../../app/announce';
import { useAsk } from '../../app/ask';
import { useLeaveGuard } from '../../app/guards';
import { Link, useRouter } from '../../app/router';
import { useUser } from '../../app/session';
import { useKeys } from '../../app/useKeys';
import { DraftEditor, lineId } from '../../components/draft/DraftEditor';
import { isHeading, joinDraft, wordsBehind, type EditLine } from '../../components/draft/draftLines';
import { FindingsList } from '../../components/findings/Findings';
import { Icon } from '../../components/Icon';
import { Note, PageHead, ProblemNote } from '../../components/Page';
import { AudioEvidence } from '../../components/player/AudioEvidence';
import { timesOf } from '../../components/player/search';
import { usePlayer } from '../../components/player/usePlayer';
import { Shortcuts } from '../../components/Shortcuts';
import { StatusChip } from '../../components/StatusChip';
import { Ago } from '../../components/time';
import { useMedia } from '../../components/useMedia';
import classes from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { ConflictDialog, ReturnDialog } from './Dialogs';
import { HistoryList, NextCard } from './ReviewSide';
import { PageEvidence } from './PageEvidence';
import { useReview, type Review } from './useReview';
import { draftHeading, useReviewFindings } from './useReviewFindings';

function Loaded({ review, id }: { review: Review; id: string }) {
  const t = useTexts();
  const ask = useAsk();
  const announce = useAnnounce();
  const { go } = useRouter();
  const item = review.item!;
  const media = useMedia(submissions.mediaPath(id), true);
  const player = usePlayer(media.url !== null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [returning, setReturning] = useState(false);
  const [help, setHelp] = useState(false);
  const [emptyNote, setEmptyNote] = useState(false);
  useLeaveGuard(review.dirty, t.doctor.leaveUnsaved);

  const { lines, machine } = review;
  const editable = item.status === 'draft';
  const firstLine = lines.find((line) => line.text.trim() !== '' && !isHeading(line, machine)) ?? lines[0];
  const chosenLine = lines.find((line) => line.key === chosen) ?? null;
  const evidence = useMemo(() => wordsBehind(chosenLine, machine.lines), [chosenLine, machine]);
  const who = item.username ?? t.roles.patient;

  const hear = (line: EditLine) => player.playSpans(timesOf(item.evidence?.words ?? [], wordsBehind(line, machine.lines)));
  const findings = useReviewFindings(review, editable, setChosen, item.type === 'audio' ? hear : null);
  const approve = async () => {
    if (!editable || review.busy) return;
    setEmptyNote(joinDraft(lines) === '');
    if (joinDraft(lines) === '') return;
    if (findings.open > 0) return findings.move(1);
    const found = await review.approve();
    if (found > 0) announce(t.findings.again(found));
  };
  const save = async () => { if (editable && review.dirty && await review.save()) announce(t.doctor.saved); };
  const revert = async () => {
    const sure = await ask({ title: t.doctor.revert, body: t.doctor.revertBody, yes: t.doctor.revert, danger: true });
    if (sure) review.revert();
  };

  useKeys({
    p: player.toggle, '[': () => player.skip(-5000), ']': () => player.skip(5000),
    e: () => { if (firstLine) document.getElementById(lineId(firstLine.key))?.focus(); },
    m: () => findings.move(1), M: () => findings.move(-1), c: findings.confirmCurrent, a: () => void approve(), r: () => { if (editable) setReturning(true); }, u: () => go('/'),
    '?': () => setHelp(true), 'Ctrl+s': () => void save(),
  });

  return (
    <>
      <PageHead
        title={who}
        lead={<span className={classes.meta}>{t.kinds[item.type]} · <Ago iso={item.created_at} /> <StatusChip status={item.status} label={t.doctor.states[item.status]} /></span>}
        side={<button type="button" className={classes.help} onClick={() => setHelp(true)}><Icon name="keyboard" />{t.doctor.shortcuts}</button>}
      />
      <div className={classes.columns}>
        <section className={classes.evidence} data-kind={item.type} aria-label={t.doctor.evidence}>
          <h2 className={classes.h2}>{t.doctor.evidence}</h2>
          {item.notes && <Note tone="calm" icon="person" title={t.doctor.note}><p>{item.notes}</p></Note>}
          {item.type === 'audio'
            ? <AudioEvidence id={item.id} result={item.evidence ?? null} plain={item.transcribed_text} media={media} player={player} evidence={evidence} />
            : <PageEvidence item={item} media={media} evidence={evidence} />}
        </section>
        <section className={classes.draft} aria-label={t.doctor.draft[item.type === 'audio' ? 'doctor_summary' : 'patient_instructions']}>
          {review.outcome && <NextCard outcome={review.outcome} who={who} />}
          <div className={classes.draftHead}>
            <h2 className={classes.h2} id={draftHeading} tabIndex={-1}>{t.doctor.draft[item.type === 'audio' ? 'doctor_summary' : 'patient_instructions']}</h2>
            {review.dirty && (
              <div className={classes.draftTools}>
                <Button size="sm" variant="default" leftSection={<Icon name="undo" size={18} />} onClick={() => void revert()}>{t.doctor.revert}</Button>
                <Button size="sm" variant="default" loading={review.busy === 'saving'} onClick={() => void save()}>{t.doctor.save}</Button>
              </div>
            )}
          </div>
          {editable && <p className={classes.lead}>{t.doctor.draftLead}{findings.anyUnsure && ` ${t.doctor.lowConfidence}`}</p>}
          {editable && !item.evidence && item.version === 1 && <Note tone="plain" icon="alert"><p>{t.findings.imported}</p></Note>}
          {editable && <FindingsList placed={review.placed} onJump={findings.jump} />}
          {findings.whole}
          {item.status === 'returned' && item.question && <Note tone="mark" icon="question" title={t.doctor.question}><p>{item.question}</p></Note>}
          {item.status === 'failed' && <Note tone="bad" icon="alert" title={t.doctor.failedNote} />}
          {(item.status === 'queued' || item.status === 'processing') && (
            <Note tone="plain" icon="clock" title={t.doctor.nothingYet}><Button mt="sm" variant="default" onClick={review.reload}>{t.common.reload}</Button></Note>
          )}
          {review.problem && <ProblemNote problem={review.problem} />}
          {emptyNote && joinDraft(lines) === '' && <Note tone="bad" icon="alert" title={t.doctor.emptyDraft} alert />}
          {(editable || joinDraft(lines) !== '') && (
            <DraftEditor
              lines={lines} machine={machine} onChange={review.setLines} chosen={chosen} onChoose={setChosen}
              onHear={item.type === 'audio' ? hear : null} disabled={!editable} below={findings.below} marked={findings.marked} unsure={findings.unsure}
            />
          )}
          {editable && (
            <div className={classes.actions} data-open={findings.open > 0 || undefined}>
              <p className={classes.saveState} role="status" id="before-approval">
                {review.busy === 'saving' ? t.doctor.saving : findings.open > 0 ? t.findings.first(findings.open) : review.dirty ? t.doctor.unsaved : ''}
              </p>
              <Button variant="default" leftSection={<Icon name="question" />} onClick={() => setReturning(true)}>
                {t.doctor.giveBack}<span className={classes.wide}>{t.doctor.giveBackRest}</span>
              </Button>
              <Button
                leftSection={<Icon name="check" />} loading={review.busy === 'approving'} disabled={findings.open > 0}
                aria-describedby={findings.open > 0 ? 'before-approval' : undefined}
                aria-label={findings.open > 0 ? `${t.doctor.approveAfter(findings.open)}${t.doctor.approveAfterRest})` : undefined} onClick={() => void approve()}
              >
                {findings.open > 0 ? <>{t.doctor.approveAfter(findings.open)}<span className={classes.wide}>{t.doctor.approveAfterRest}</span>)</> : t.doctor.approve}
              </Button>
            </div>
          )}
          <HistoryList item={item} />
        </section>
      </div>
      <ReturnDialog review={review} opened={returning} onClose={() => setReturning(false)} />
      <ConflictDialog review={review} />
      <Shortcuts
        opened={help} onClose={() => setHelp(false)}
        rows={[
          ...(item.type === 'audio' ? [[['p'], t.doctor.keys.play], [['['], t.doctor.keys.back], [[']'], t.doctor.keys.on]] as [string[], string][] : []),
          [['e'], t.doctor.keys.edit], [['m'], t.doctor.keys.mark], [['Shift', 'm'], t.doctor.keys.markBefore], [['c'], t.doctor.keys.confirm], [['Esc'], t.doctor.keys.escape], [['Ctrl', 's'], t.doctor.keys.save],
          [['a'], t.doctor.keys.approve], [['r'], t.doctor.keys.giveBack], [['u'], t.doctor.keys.queue], [['?'], t.doctor.keys.help],
        ]}
      />
    </>
  );
}

export function ReviewPage({ id }: { id: string }) {
  const t = useTexts();
  const me = useUser();
  const review = useReview(id, me.id);
  return (
    <>
      <Link href="/" className={classes.back}><Icon name="chevronLeft" size={20} />{t.doctor.back}</Link>
      {review.item ? <Loaded review={review} id={id} />
        : review.loadProblem?.code === 'consent_required' ? (
          <>
            <PageHead title={t.doctor.noConsentTitle} />
            <Note tone="mark" icon="alert" title={t.problems.codes.consent_required}><p>{t.doctor.noConsentBody}</p></Note>
          </>
        ) : review.loadProblem ? (
          <>
            <PageHead title={t.problems.loadTitle} />
            <ProblemNote problem={review.loadProblem} onRetry={review.reload} />
          </>
        ) : (
          <div role="status" aria-label={t.common.loading}>
            <Skeleton height={40} width={260} mb={10} /><Skeleton height={24} width={320} mb={26} />
            <div className={classes.columns}><Skeleton height={620} radius={16} /><Skeleton height={620} radius={16} /></div>
          </div>
        )}
    </>
  );
}
