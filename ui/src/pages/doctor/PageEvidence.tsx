import { Button, Skeleton } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Submission } from '../../api/types';
import { Icon } from '../../components/Icon';
import { Note, ProblemNote } from '../../components/Page';
import { fileNameFor, saveBlob, type Media } from '../../components/useMedia';
import { WordFlow } from '../../components/WordFlow';
import flow from '../../components/WordFlow.module.css';
import { useTexts } from '../../texts';
import { browserShows } from '../patient/picture';
import { PageViewer } from './PageViewer';


export function PageEvidence({ item, media, evidence }: { item: Submission; media: Media; evidence: readonly number[] }) {
  const t = useTexts();
  const words = useMemo(() => item.evidence?.words ?? [], [item.evidence]);
  const pages = item.evidence?.media.type === 'image' ? item.evidence.media.pages : [];
  const [pointed, setPointed] = useState(-1);
  const [page, setPage] = useState(0);
  const mediaType = media.blob?.type || item.media?.type || '';
  const shown = browserShows(mediaType);
  // Whoever points at a word, or chooses a line, sees the page it stands on.
  const wanted = pointed >= 0 ? words[pointed]?.page : words[evidence[0] ?? -1]?.page;
  const [followed, setFollowed] = useState(wanted);
  if (wanted !== followed) {
    setFollowed(wanted);
    if (wanted !== undefined) setPage(wanted);
  }

  return (
    <>
      {media.problem && <ProblemNote problem={media.problem} title={t.doctor.mediaFailed} onRetry={media.load} />}
      {media.blob && !shown && <Note tone="plain" icon="page"><p>{t.doctor.noPicture}</p></Note>}
      {media.loading || pages.length === 0
        ? (media.loading && <Skeleton height="max(317px, 46vh + 57px)" radius={14} />)
        : (
          <PageViewer
            // only the first page of a picture is the picture itself
            url={shown && page === 0 ? media.url : null} words={words} pages={pages} page={page} onPage={setPage}
            pointed={pointed} evidence={evidence} onPoint={setPointed}
          />
        )}
      <div className={flow.wordsHead}>
        <h3>{t.doctor.pageWords}</h3>
        <Button
          variant="subtle" size="compact-md" leftSection={<Icon name="download" size={18} />} disabled={!media.url}
          onClick={() => { if (media.url && media.blob) saveBlob(media.url, fileNameFor(item.id, media.blob.type)); }}
        >
          {t.doctor.download}
        </Button>
      </div>
      {words.length > 0 ? (
        <>
          <p className={flow.hint}>{t.doctor.wordsHelpPage} {t.doctor.lowConfidence}</p>
          <WordFlow
            words={words} label={t.doctor.pageWords} evidence={evidence} active={pointed} onPoint={setPointed} onPick={setPointed}
          />
        </>
      ) : <p className={flow.plainText}>{item.extracted_text ?? t.doctor.noWords}</p>}
    </>
  );
}
