import { Button } from '@mantine/core';
import { useState, type ChangeEvent, type ComponentType } from 'react';
import type { Problem } from '../../api/problem';
import { useAsk } from '../../app/ask';
import { useLeaveGuard } from '../../app/guards';
import { useTexts } from '../../texts';
import { Icon } from '../Icon';
import { Card, Note, ProblemNote } from '../Page';
import { clock } from '../time';
import { saveBlob } from '../useMedia';
import { LevelMeter } from './LevelMeter';
import classes from './Recorder.module.css';
import { SendingCard } from './SendingCard';
import { useRecorder, type Recorder } from './useRecorder';
import { useSend, type SendFile } from './useSend';

function Controls({ recorder, maxMinutes }: { recorder: Recorder; maxMinutes: number }) {
  const t = useTexts();
  const { state } = recorder;
  if (state === 'idle' || state === 'asking') {
    return (
      <div className={classes.start}>
        <button type="button" className={classes.bigMic} onClick={recorder.start} disabled={state === 'asking'}>
          <span className={classes.micRing}><Icon name="mic" size={46} /></span>
          {t.recorder.start}
        </button>
        <p className={classes.soft} role="status">{state === 'asking' ? t.recorder.asking : t.recorder.limit(maxMinutes)}</p>
      </div>
    );
  }
  const on = state === 'recording';
  return (
    <div className={classes.live}>
      <p className={classes.onAir} data-on={on || undefined}><span aria-hidden="true" />{on ? t.recorder.on : t.recorder.paused}</p>
      <p className={`${classes.time} tabular`} role="timer" aria-label={t.recorder.time}>{clock(recorder.ms)}</p>
      <LevelMeter level={recorder.level} active={on} />
      <div className={classes.buttons}>
        <Button variant="default" onClick={on ? recorder.pause : recorder.resume} leftSection={<Icon name={on ? 'pause' : 'mic'} />}>
          {on ? t.recorder.pause : t.recorder.resume}
        </Button>
        <Button onClick={recorder.finish} leftSection={<Icon name="stop" />}>{t.recorder.stop}</Button>
      </div>
    </div>
  );
}

function Blocked({ recorder }: { recorder: Recorder }) {
  const t = useTexts();
  const { state } = recorder;
  const title = state === 'denied' ? t.recorder.denied : state === 'no_microphone' ? t.recorder.none : t.recorder.unsupported;
  return (
    <Note tone="mark" icon="mic" alert title={title}>
      {state === 'denied' && <p>{t.recorder.deniedBody}</p>}
      {state !== 'unsupported' && <Button mt="sm" variant="default" onClick={recorder.start}>{t.common.tryAgain}</Button>}
    </Note>
  );
}

interface Props {
  send: SendFile; onSent: (id: string) => void; sendLabel: string; maxMinutes: number;
  /** How a failed upload is told; without it as any problem. */
  problemView?: ComponentType<{ problem: Problem; onRetry?: () => void }>;
}

/**
 * Records in the browser or takes a file, lets it be heard, and sends it. What was recorded stays until the server has it:
 * after a failed upload it can be sent again or saved on the device, and leaving the page asks first.
 */
export function RecordingStation({ send, onSent, sendLabel, maxMinutes, problemView: ProblemView = ProblemNote }: Props) {
  const t = useTexts();
  const ask = useAsk();
  const recorder = useRecorder(t.recorder.fileName, maxMinutes);
  const [chosen, setChosen] = useState<File | null>(null);
  const sending = useSend(send, onSent);
  const live = recorder.state === 'recording' || recorder.state === 'paused';
  useLeaveGuard(live || recorder.recording !== null || sending.share !== null, t.recorder.unsent);

  const discard = async () => {
    const sure = await ask({
      title: t.recorder.discardTitle, body: t.recorder.discardBody, yes: t.recorder.discardDo, no: t.recorder.keep, danger: true,
    });
    if (sure) recorder.discard();
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.currentTarget.files?.[0] ?? null;
    event.currentTarget.value = '';
    setChosen(file);
    if (file && file.size > 0) sending.send(file);
  };
  const { recording } = recorder;
  const file = recording?.file ?? chosen;
  const blocked = recorder.state === 'denied' || recorder.state === 'no_microphone' || recorder.state === 'unsupported';

  return (
    <>
      {sending.problem && <ProblemView problem={sending.problem} {...(file && { onRetry: () => sending.send(file) })} />}
      {chosen?.size === 0 && <Note tone="bad" icon="alert" title={t.recorder.emptyFile} alert />}
      {sending.share !== null && file ? (
        <Card><SendingCard share={sending.share} bytes={file.size} onCancel={sending.cancel} /></Card>
      ) : recording ? (
        <Card>
          <h2 className={classes.h2}>{t.recorder.reviewTitle}</h2>
          <p className={classes.soft}>{sending.problem ? t.recorder.stillHere : t.recorder.reviewLead(clock(recording.ms))}</p>
          {recording.cutShort && <Note tone="mark" icon="clock" title={t.recorder.limitReached} />}
          <audio className={classes.audio} controls src={recording.url} aria-label={t.recorder.reviewTitle} />
          <div className={classes.buttons}>
            <Button variant="default" leftSection={<Icon name="trash" />} onClick={() => void discard()}>{t.recorder.discard}</Button>
            {sending.problem && (
              <Button variant="default" leftSection={<Icon name="download" />} onClick={() => saveBlob(recording.url, recording.file.name)}>
                {t.recorder.saveFile}
              </Button>
            )}
            <Button leftSection={<Icon name="upload" />} onClick={() => sending.send(recording.file)}>{sendLabel}</Button>
          </div>
        </Card>
      ) : (
        <>
          <Card className={classes.booth}>
            {blocked ? <Blocked recorder={recorder} /> : <Controls recorder={recorder} maxMinutes={maxMinutes} />}
          </Card>
          {!live && (
            <div className={classes.alternative}>
              <div>
                <p className={classes.altTitle}>{t.recorder.orUpload}</p>
                <p className={classes.soft}>{t.recorder.orUploadHint}</p>
              </div>
              <label className={classes.fileButton}>
                <input type="file" accept="audio/*,.wav,.mp3,.m4a,.aac,.ogg,.opus,.webm,.flac" onChange={choose} />
                <Icon name="upload" />{t.recorder.choose}
              </label>
            </div>
          )}
        </>
      )}
    </>
  );
}
