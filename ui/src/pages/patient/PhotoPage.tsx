import { Button } from '@mantine/core';
import { useEffect, useState, type ChangeEvent, type DragEvent } from 'react';
import { uploadFile } from '../../api/upload';
import { useLeaveGuard, withoutGuards } from '../../app/guards';
import { useRouter } from '../../app/router';
import { Icon } from '../../components/Icon';
import { OwnSendProblem } from '../../components/consents/OwnConsentNeeded';
import { Card, Note, PageHead } from '../../components/Page';
import recorder from '../../components/recorder/Recorder.module.css';
import { SendingCard } from '../../components/recorder/SendingCard';
import { useSend } from '../../components/recorder/useSend';
import { useTexts } from '../../texts';
import { QuestionNote, useQuestion } from './answering';
import { BackHome } from './BackHome';
import { browserShows, looksDark } from './picture';
import classes from './Record.module.css';

const ACCEPT = 'image/jpeg,image/png,image/webp,image/heic,image/heif,image/tiff,application/pdf,.heic,.heif,.tif,.tiff,.pdf';
const hasCamera = () => window.matchMedia('(any-pointer: coarse)').matches;

interface Chosen { file: File; url: string | null; dark: boolean }

export function PhotoPage() {
  const t = useTexts();
  const { go } = useRouter();
  const question = useQuestion();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [empty, setEmpty] = useState(false);
  const [over, setOver] = useState(false);
  const sending = useSend(
    (file, onProgress) => uploadFile('/submit_prescription', file, question ? { notes: question } : {}, onProgress),
    (id) => withoutGuards(() => go(`/sent/${id}`, { replace: true })),
  );
  useLeaveGuard(chosen !== null, t.patient.unsentPicture);
  useEffect(() => () => { if (chosen?.url) URL.revokeObjectURL(chosen.url); }, [chosen?.url]);

  const take = (file: File | null | undefined) => {
    if (!file) return;
    setEmpty(file.size === 0);
    if (file.size === 0) return;
    const url = browserShows(file.type) ? URL.createObjectURL(file) : null;
    setChosen({ file, url, dark: false });
    if (url) void looksDark(file).then((dark) => setChosen((old) => (old?.file === file ? { ...old, dark } : old)));
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    take(event.currentTarget.files?.[0]);
    event.currentTarget.value = '';
  };
  const drop = (event: DragEvent) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]); };
  const camera = hasCamera();

  return (
    <>
      <BackHome />
      <PageHead title={t.patient.photoPageTitle} lead={t.patient.photoPageLead} />
      <div className={recorder.stack}>
        <QuestionNote question={question} />
        {empty && <Note tone="bad" icon="alert" title={t.recorder.emptyFile} alert />}
        {sending.problem && <OwnSendProblem problem={sending.problem} {...(chosen && { onRetry: () => sending.send(chosen.file) })} />}
        {sending.share !== null && chosen ? (
          <Card><SendingCard share={sending.share} bytes={chosen.file.size} onCancel={sending.cancel} /></Card>
        ) : chosen ? (
          <Card>
            <h2 className={recorder.h2}>{chosen.url ? t.patient.previewTitle : chosen.file.name}</h2>
            <p className={recorder.soft}>{chosen.url ? t.patient.previewLead : t.patient.noPreview}</p>
            {chosen.url
              ? <img className={classes.preview} src={chosen.url} alt={t.patient.previewAlt} />
              : <p className={classes.fileName}><Icon name="page" size={30} />{chosen.file.name}, {t.bytes(chosen.file.size)}</p>}
            {chosen.dark && <Note tone="mark" icon="sun" title={t.patient.looksDark} />}
            <div className={recorder.buttons}>
              <Button variant="default" onClick={() => setChosen(null)} leftSection={<Icon name="undo" />}>{t.patient.another}</Button>
              <Button onClick={() => sending.send(chosen.file)} leftSection={<Icon name="upload" />}>{t.patient.send}</Button>
            </div>
          </Card>
        ) : (
          <>
            <div
              className={classes.drop} data-over={over || undefined} onDrop={drop}
              onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
            >
              <span className={classes.dropIcon}><Icon name="camera" size={44} /></span>
              {camera && (
                <label className={`${recorder.fileButton} ${recorder.primary}`}>
                  <input type="file" accept="image/*" capture="environment" onChange={choose} />
                  <Icon name="camera" />{t.patient.takePhoto}
                </label>
              )}
              <label className={camera ? recorder.fileButton : `${recorder.fileButton} ${recorder.primary}`}>
                <input type="file" accept={ACCEPT} onChange={choose} />
                <Icon name="upload" />{t.patient.choosePicture}
              </label>
              <p className={recorder.soft}>{camera ? t.patient.fileHint : `${t.patient.dropHere} (${t.patient.fileHint})`}</p>
            </div>
            <Card>
              <h2 className={recorder.h2}>{t.patient.tipsTitle}</h2>
              <ul className={classes.tips}>
                {t.patient.tips.map((tip) => <li key={tip}><Icon name="check" /><span>{tip}</span></li>)}
              </ul>
            </Card>
          </>
        )}
      </div>
    </>
  );
}
