import { useMemo, useState } from 'react';
import { consultations, type Consultation } from '../../api/notes';
import { Icon } from '../../components/Icon';
import { PageHead } from '../../components/Page';
import { AudioEvidence } from '../../components/player/AudioEvidence';
import { timesOf } from '../../components/player/search';
import { usePlayer } from '../../components/player/usePlayer';
import { Segments } from '../../components/Segments';
import { Shortcuts } from '../../components/Shortcuts';
import { Ago, clock } from '../../components/time';
import { useMedia } from '../../components/useMedia';
import { unsureIn, type Range } from '../../components/words';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { ConsultationChip } from './Chips';
import classes from './Consultations.module.css';
import { NotePanel } from './NotePanel';

const none: number[] = [];

/** What the note needs to know of the recording. */
export interface Voice {
  playing: boolean; toggle: () => void; skip: (ms: number) => void; hear: (words: readonly number[]) => void;
  /** The words as they were heard, with the time of the first. */
  quote: (words: readonly number[]) => { at: string; text: string } | null;
  /** Where words that were not surely heard stand in a text that rests on them. */
  unsure: (text: string, words: readonly number[]) => Range[];
}

/** A visit that has been written down: the transcript beside the note (on a phone one after the other). */
export function VisitBench({ item, reload }: { item: Consultation; reload: () => void }) {
  const t = useTexts();
  const media = useMedia(consultations.mediaPath(item.id), true);
  const player = usePlayer(media.url !== null);
  const [evidence, setEvidence] = useState(none);
  const [pane, setPane] = useState<'transcript' | 'note'>('note');
  const [help, setHelp] = useState(false);
  const words = useMemo(() => item.evidence?.words ?? [], [item.evidence]);
  const voice: Voice = {
    playing: player.playing, toggle: player.toggle, skip: player.skip,
    hear: (indexes) => player.playSpans(timesOf(words, indexes)),
    quote: (indexes) => {
      const first = words[indexes[0] ?? -1];
      if (!first) return null;
      const parts = indexes.map((i, n) => `${n > 0 && indexes[n - 1] !== i - 1 ? '… ' : ''}${words[i]?.text ?? ''}`);
      return { at: clock(first.start_ms ?? 0), text: parts.join(' ') };
    },
    unsure: (text, indexes) => unsureIn(text, words, indexes),
  };

  return (
    <>
      <PageHead
        title={item.patient_name ?? t.notes.unnamed}
        lead={(
          <span className={classes.meta}>
            {item.title ?? t.notes.untitled} · <Ago iso={item.created_at} />{item.duration_ms ? ` · ${t.notes.lengthOf(clock(item.duration_ms))}` : ''}
            {' '}<ConsultationChip status={item.status} />
          </span>
        )}
        side={<button type="button" className={bench.help} onClick={() => setHelp(true)}><Icon name="keyboard" />{t.doctor.shortcuts}</button>}
      />
      <div className={bench.panes} data-no-print>
        <Segments
          label={t.notes.panes} name="pane" value={pane} onChange={setPane}
          options={[{ value: 'note', label: t.notes.note }, { value: 'transcript', label: t.notes.transcript }]}
        />
      </div>
      <div className={bench.columns} data-pane={pane}>
        <section className={bench.evidence} aria-label={t.notes.transcript} data-no-print>
          <h2 className="sr-only">{t.notes.transcript}</h2>
          <AudioEvidence
            id={item.id} result={item.evidence} plain={item.evidence?.text ?? null} media={media} player={player} evidence={evidence}
          />
        </section>
        <section className={bench.draft} aria-label={t.notes.note}>
          <NotePanel
            item={item} voice={voice} onEvidence={setEvidence} onChanged={reload} onHelp={() => setHelp(true)} onPane={setPane}
          />
        </section>
      </div>
      <Shortcuts
        opened={help} onClose={() => setHelp(false)}
        rows={[
          [['j', '↓'], t.notes.keys.next], [['k', '↑'], t.notes.keys.previous], [['Enter'], t.notes.keys.hear], [['m'], t.doctor.keys.mark], [['Shift', 'm'], t.doctor.keys.markBefore],
          [['c'], t.doctor.keys.confirm], [['e'], t.notes.keys.edit], [['Esc'], t.notes.keys.leave], [['Ctrl', 's'], t.notes.keys.save], [['s'], t.notes.keys.sign],
          [['p'], t.doctor.keys.play], [['[', ']'], `${t.doctor.keys.back} / ${t.doctor.keys.on}`], [['/'], t.notes.keys.search],
          [['u'], t.notes.keys.back], [['?'], t.doctor.keys.help],
        ]}
      />
    </>
  );
}
