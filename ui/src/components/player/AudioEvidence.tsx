import { Button, Skeleton, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { Word } from '../../api/types';
import { useTexts } from '../../texts';
import { Icon } from '../Icon';
import { ProblemNote } from '../Page';
import { fileNameFor, saveBlob, type Media } from '../useMedia';
import { WordFlow } from '../WordFlow';
import flow from '../WordFlow.module.css';
import { wordAt } from '../words';
import { PlayerBar } from './PlayerBar';
import classes from './Player.module.css';
import { findWords, indexesOf } from './search';
import type { Player } from './usePlayer';

/** What was heard, as far as this part of the page needs it; a whole result document fits. */
export interface Heard { words: Word[]; media: { type: 'audio'; duration_ms: number } | { type: 'image' } }

const SEARCH_FROM = 60;
export const SEARCH_ID = 'transcript-search';

/** Finds words in a transcript; Enter goes from hit to hit and plays it. */
function Search({ words, onFound, onHear }: {
  words: readonly Word[]; onFound: (hits: number[] | null) => void; onHear: (index: number) => void;
}) {
  const t = useTexts();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(-1);
  const hits = useMemo(() => findWords(words, query), [words, query]);
  const shown = at >= 0 ? hits[at] : undefined;
  const tell = useRef(onFound);
  useEffect(() => { tell.current = onFound; });
  useEffect(() => {
    tell.current(query.trim() === '' ? null : shown ? indexesOf([shown]) : indexesOf(hits));
  }, [query, hits, shown]);

  const step = (by: 1 | -1) => {
    if (hits.length === 0) return;
    const next = at < 0 ? (by === 1 ? 0 : hits.length - 1) : (at + by + hits.length) % hits.length;
    setAt(next);
    onHear(hits[next]![0]);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
    else if (event.key === 'Escape' && query !== '') { event.stopPropagation(); setQuery(''); setAt(-1); }
    else if (event.key === 'Escape') event.currentTarget.blur();
  };
  const said = query.trim() === '' ? '' : hits.length === 0 ? t.player.noHit : at >= 0 ? t.player.hitOf(at + 1, hits.length) : t.player.hits(hits.length);
  return (
    <div className={classes.search}>
      <TextInput
        id={SEARCH_ID} type="search" size="sm" aria-label={t.player.search} placeholder={t.player.search} value={query} maxLength={80} autoComplete="off"
        onChange={(event) => { setQuery(event.currentTarget.value); setAt(-1); }} onKeyDown={onKeyDown}
      />
      <span className={classes.hits} role="status">{said}</span>
    </div>
  );
}

/** The recording and its words beside each other: a click on a word plays it, the word that is heard is lit. */
export function AudioEvidence({ id, result, plain, media, player, evidence }: {
  id: string; result: Heard | null; plain: string | null; media: Media; player: Player; evidence: readonly number[];
}) {
  const t = useTexts();
  const words = useMemo(() => result?.words ?? [], [result]);
  const noted = result?.media.type === 'audio' ? result.media.duration_ms : 0;
  const [measured, setMeasured] = useState(0);
  const duration = noted || measured;
  const [started, setStarted] = useState(false);
  const [found, setFound] = useState<number[] | null>(null);
  useEffect(() => { if (player.playing) setStarted(true); }, [player.playing]);
  // Whoever chooses a line of the text is done with the search.
  useEffect(() => { setFound(null); }, [evidence]);
  const active = started ? wordAt(words, player.ms) : -1;
  const hear = (i: number) => player.seek(words[i]?.start_ms ?? 0, true);

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
      <div className={flow.wordsHead}>
        <h3>{t.doctor.transcript}</h3>
        {words.length >= SEARCH_FROM && <Search words={words} onFound={setFound} onHear={hear} />}
        <Button
          variant="subtle" size="compact-md" leftSection={<Icon name="download" size={18} />} disabled={!media.url} title={t.doctor.download}
          onClick={() => { if (media.url && media.blob) saveBlob(media.url, fileNameFor(id, media.blob.type)); }}
        >
          {t.player.save}
        </Button>
      </div>
      {words.length > 0 ? (
        <>
          <p className={flow.hint}>{t.doctor.wordsHelpAudio} {t.doctor.lowConfidence}</p>
          <WordFlow
            words={words} label={t.doctor.transcript} evidence={found ?? evidence} active={active} onPoint={() => {}} onPick={hear}
          />
        </>
      ) : <p className={flow.plainText}>{plain ?? t.doctor.noWords}</p>}
    </>
  );
}
