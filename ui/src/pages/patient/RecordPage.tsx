import { Button } from '@mantine/core';
import { useState, type ChangeEvent } from 'react';
import { useAsk } from '../../app/ask';
import { useLeaveGuard, withoutGuards } from '../../app/guards';
import { useRouter } from '../../app/router';
import { Icon } from '../../components/Icon';
import { Card, Note, PageHead, ProblemNote } from '../../components/Page';
import { clock } from '../../components/time';
import { useTexts } from '../../texts';
import { QuestionNote, useQuestion } from './answering';
import { BackHome } from './BackHome';
import { LevelMeter } from './LevelMeter';
import classes from './Record.module.css';
import { SendingCard } from './SendingCard';
import { MAX_MINUTES, useRecorder, type Recorder } from './useRecorder';
import { useSend } from './useSend';

function Controls({ recorder }: { recorder: Recorder }) {
  const t = useTexts();
  const { state } = recorder;
  if (state === 'idle' || state === 'asking') {
    return (
      <div className={classes.start}>
        <button type="button" className={classes.bigMic} onClick={recorder.start} disabled={state === 'asking'}>
          <span className={classes.micRing}><Icon name="mic" size={46} /></span>
          {t.patient.recordStart}
        </button>
        <p className={classes.soft} role="status">{state === 'asking' ? t.patient.recordAsking : t.patient.recordLimit(MAX_MINUTES)}</p>
      </div>
    );
  }
  const on = state === 'recording';
  return (
    <div className={classes.live}>
      <p className={classes.onAir} data-on={on || undefined}><span aria-hidden="true" />{on ? t.patient.recordOn : t.patient.recordPaused}</p>
      <p className={`${classes.time} tabular`} role="timer" aria-label={t.patient.recordTime}>{clock(recorder.ms)}</p>
      <LevelMeter level={recorder.level} active={on} />
      <div className={classes.buttons}>
        <Button variant="default" onClick={on ? recorder.pause : recorder.resume} leftSection={<Icon name={on ? 'pause' : 'mic'} />}>
          {on ? t.patient.recordPause : t.patient.recordResume}
        </Button>
        <Button onClick={recorder.finish} leftSection={<Icon name="stop" />}>{t.patient.recordStop}</Button>
      </div>
    </div>
  );
}

export function RecordPage() {
  const t = useTexts();
  const ask = useAsk();
  const { go } = useRouter();
  const recorder = useRecorder(t.patient.recordingName);
  const question = useQuestion();
  const [chosen, setChosen] = useState<File | null>(null);
  const sending = useSend('audio', (id) => withoutGuards(() => go(`/sent/${id}`, { replace: true })));
  const live = recorder.state === 'recording' || recorder.state === 'paused';
  useLeaveGuard(live || recorder.recording !== null || sending.share !== null, t.patient.unsentRecording);

  const discard = async () => {
    const sure = await ask({
      title: t.patient.discardTitle, body: t.patient.discardBody, yes: t.patient.discardDo, no: t.patient.keep, danger: true,
    });
    if (sure) recorder.discard();
  };
  const upload = (file: File) => sending.send(file, question);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.currentTarget.files?.[0] ?? null;
    event.currentTarget.value = '';
    setChosen(file);
    if (file && file.size > 0) upload(file);
  };
  const file = recorder.recording?.file ?? chosen;
  const blocked = recorder.state === 'denied' || recorder.state === 'no_microphone' || recorder.state === 'unsupported';

  return (
    <>
      <BackHome />
      <PageHead title={t.patient.recordTitle} lead={t.patient.recordLead} />
      <div className={classes.stack}>
        <QuestionNote question={question} />
        {sending.problem && <ProblemNote problem={sending.problem} {...(file && { onRetry: () => upload(file) })} />}
        {chosen?.size === 0 && <Note tone="bad" icon="alert" title={t.patient.emptyFile} alert />}
        {sending.share !== null && file ? (
          <Card><SendingCard share={sending.share} bytes={file.size} onCancel={sending.cancel} /></Card>
        ) : recorder.recording ? (
          <Card>
            <h2 className={classes.h2}>{t.patient.reviewTitle}</h2>
            <p className={classes.soft}>{t.patient.reviewLead(clock(recorder.recording.ms))}</p>
            {recorder.recording.cutShort && <Note tone="mark" icon="clock" title={t.patient.limitReached} />}
            <audio className={classes.audio} controls src={recorder.recording.url} aria-label={t.patient.reviewTitle} />
            <div className={classes.buttons}>
              <Button variant="default" leftSection={<Icon name="trash" />} onClick={() => void discard()}>{t.patient.discard}</Button>
              <Button leftSection={<Icon name="upload" />} onClick={() => upload(recorder.recording!.file)}>{t.patient.send}</Button>
            </div>
          </Card>
        ) : (
          <>
            <Card className={classes.booth}>
              {blocked ? (
                <Note
                  tone="mark" icon="mic" alert
                  title={recorder.state === 'denied' ? t.patient.recordDenied : recorder.state === 'no_microphone' ? t.patient.recordNone : t.patient.recordUnsupported}
                >
                  {recorder.state === 'denied' && <p>{t.patient.recordDeniedBody}</p>}
                  {recorder.state !== 'unsupported' && <Button mt="sm" variant="default" onClick={recorder.start}>{t.common.tryAgain}</Button>}
                </Note>
              ) : <Controls recorder={recorder} />}
            </Card>
            {!live && (
              <div className={classes.alternative}>
                <div>
                  <p className={classes.altTitle}>{t.patient.orUpload}</p>
                  <p className={classes.soft}>{t.patient.orUploadHint}</p>
                </div>
                <label className={classes.fileButton}>
                  <input type="file" accept="audio/*,.wav,.mp3,.m4a,.aac,.ogg,.opus,.webm,.flac" onChange={choose} />
                  <Icon name="upload" />{t.patient.chooseAudio}
                </label>
              </div>
            )}
          </>
        )}
        <p className={classes.safety}>{t.patient.safety}</p>
      </div>
    </>
  );
}
