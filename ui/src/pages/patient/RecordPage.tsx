import { uploadFile } from '../../api/upload';
import { withoutGuards } from '../../app/guards';
import { useRouter } from '../../app/router';
import { OwnSendProblem } from '../../components/consents/OwnConsentNeeded';
import { PageHead } from '../../components/Page';
import recorder from '../../components/recorder/Recorder.module.css';
import { RecordingStation } from '../../components/recorder/Station';
import { useTexts } from '../../texts';
import { QuestionNote, useQuestion } from './answering';
import { BackHome } from './BackHome';
import classes from './Record.module.css';

const MAX_MINUTES = 15;

export function RecordPage() {
  const t = useTexts();
  const { go } = useRouter();
  const question = useQuestion();
  return (
    <>
      <BackHome />
      <PageHead title={t.patient.recordTitle} lead={t.patient.recordLead} />
      <div className={recorder.stack}>
        <QuestionNote question={question} />
        <RecordingStation
          maxMinutes={MAX_MINUTES} sendLabel={t.patient.send} problemView={OwnSendProblem}
          send={(file, onProgress) => uploadFile('/submit_audio', file, question ? { notes: question } : {}, onProgress)}
          onSent={(id) => withoutGuards(() => go(`/sent/${id}`, { replace: true }))}
        />
        <p className={classes.safety}>{t.patient.safety}</p>
      </div>
    </>
  );
}
