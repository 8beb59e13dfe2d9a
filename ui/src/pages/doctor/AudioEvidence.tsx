import { Button, Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Submission } from '../../api/types';
import { Icon } from '../../components/Icon';
import { ProblemNote } from '../../components/Page';
import { fileNameFor, saveBlob, type Media } from '../../components/useMedia';
import { WordFlow } from '../../components/WordFlow';
import { wordAt } from '../../components/words';
import { useTexts } from '../../texts';
import { PlayerBar } from './PlayerBar';
import classes from './Review.module.css';
import type { Player } from './usePlayer';

export function AudioEvidence({ item, media, player, evidence }: {
  item: Submission; media: Media; player: Player; evidence: readonly number[];
}) {
  const t = useTexts();
  const words = item.evidence?.words ?? [];
  const noted = item.evidence?.media.type === 'audio' ? item.evidence.media.duration_ms : 0;
  const [measured, setMeasured] = useState(0);
  const duration = noted || measured;
  const [started, setStarted] = useState(false);
  useEffect(() => { if (player.playing) setStarted(true); }, [player.playing]);
  const active = started ? wordAt(words, player.ms) : -1;

  return (
    <>
      {media.problem && <ProblemNote problem={media.problem} title={t.doctor.mediaFailed} onRetry={media.load} />}
      {media.loading && <Skeleton className={classes.playerSkeleton} radius={14} />}
      {media.url && media.blob && (
        <>
          <audio
            ref={player.audio} src={media.url} preload="auto"
            onLoadedMetadata={(event) => setMeasured(Number.isFinite(event.currentTarget.duration) ? event.currentTarget.duration * 1000 : 0)}
          />
          <PlayerBar player={player} blob={media.blob} duration={duration} />
        </>
      )}
      <div className={classes.wordsHead}>
        <h3>{t.doctor.transcript}</h3>
        <Button
          variant="subtle" size="compact-md" leftSection={<Icon name="download" size={18} />} disabled={!media.url}
          onClick={() => { if (media.url && media.blob) saveBlob(media.url, fileNameFor(item.id, media.blob.type)); }}
        >
          {t.doctor.download}
        </Button>
      </div>
      {words.length > 0 ? (
        <>
          <p className={classes.hint}>{t.doctor.wordsHelpAudio} {t.doctor.lowConfidence}</p>
          <WordFlow
            words={words} label={t.doctor.transcript} evidence={evidence} active={active} onPoint={() => {}}
            onPick={(i) => player.seek(words[i]?.start_ms ?? 0, true)}
          />
        </>
      ) : <p className={classes.plainText}>{item.transcribed_text ?? t.doctor.noWords}</p>}
    </>
  );
}
