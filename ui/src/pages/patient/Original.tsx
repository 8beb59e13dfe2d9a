import { Button, Skeleton } from '@mantine/core';
import { submissions } from '../../api/endpoints';
import type { Submission } from '../../api/types';
import { Icon } from '../../components/Icon';
import { ProblemNote } from '../../components/Page';
import { fileNameFor, saveBlob, useMedia } from '../../components/useMedia';
import { useTexts } from '../../texts';
import { browserShows } from './picture';
import classes from './Sent.module.css';

/** What the patient sent, on request. */
export function Original({ item }: { item: Submission }) {
  const t = useTexts();
  const media = useMedia(submissions.mediaPath(item.id), false);
  const audio = item.type === 'audio';
  return (
    <section className={classes.original} data-no-print aria-label={t.patient.original}>
      <h2 className={classes.originalTitle}>{t.patient.original}</h2>
      {!media.blob && (
        <Button variant="default" loading={media.loading} leftSection={<Icon name={audio ? 'play' : 'eye'} />} onClick={media.load}>
          {audio ? t.patient.playOriginal : t.patient.showOriginal}
        </Button>
      )}
      {media.problem && <ProblemNote problem={media.problem} onRetry={media.load} />}
      {media.loading && !audio && <Skeleton height={320} radius={12} />}
      {media.url && media.blob && (
        <>
          {audio && <audio controls autoPlay src={media.url} className={classes.audio} aria-label={t.patient.original} />}
          {!audio && browserShows(media.blob.type) && <img src={media.url} alt={t.patient.original} className={classes.picture} />}
          <Button
            variant="default" leftSection={<Icon name="download" />}
            onClick={() => saveBlob(media.url!, fileNameFor(item.id, media.blob!.type))}
          >
            {t.patient.download}
          </Button>
        </>
      )}
    </section>
  );
}
