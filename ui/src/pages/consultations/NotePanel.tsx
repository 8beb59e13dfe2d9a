import { Button } from '@mantine/core';
import { useState } from 'react';
import { notes, templates, type Consultation, type NoteInConsultation, type Template } from '../../api/notes';
import { asProblem, type Problem } from '../../api/problem';
import { Icon, type IconName } from '../../components/Icon';
import { ProblemNote } from '../../components/Page';
import { Segments } from '../../components/Segments';
import bench from '../../components/Workbench.module.css';
import { useTexts } from '../../texts';
import { NoteView } from './NoteView';
import classes from './Note.module.css';
import type { Voice } from './VisitBench';

const icons: Record<Template, IconName> = { soap: 'list', progress: 'clock', referral: 'people', after_visit: 'home' };

function Picker({ onPick, busy, onCancel }: { onPick: (template: Template) => void; busy: Template | null; onCancel: (() => void) | null }) {
  const t = useTexts();
  return (
    <div className={classes.picker}>
      <div className={bench.draftHead}>
        <h2 className={bench.h2}>{t.notes.pick}</h2>
        {onCancel && <Button size="sm" variant="default" onClick={onCancel}>{t.notes.notAnother}</Button>}
      </div>
      <p className={classes.soft}>{t.notes.pickLead}</p>
      <ul className={classes.templates}>
        {templates.map((template) => (
          <li key={template}>
            <button type="button" className={classes.template} disabled={busy !== null} aria-busy={busy === template} onClick={() => onPick(template)}>
              <span className={classes.templateIcon}><Icon name={icons[template]} /></span>
              <span><strong>{t.notes.templates[template].name}</strong><span className={classes.soft}>{t.notes.templates[template].hint}</span></span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The notes of a visit: which one is shown, and how another one is begun. */
export function NotePanel({ item, voice, onEvidence, onChanged, onHelp, onPane }: {
  item: Consultation; voice: Voice; onEvidence: (words: number[]) => void; onChanged: () => void; onHelp: () => void;
  onPane: (pane: 'transcript' | 'note') => void;
}) {
  const t = useTexts();
  // what was just begun or thrown away is not in the consultation yet
  const [made, setMade] = useState<NoteInConsultation[]>([]);
  const [gone, setGone] = useState<string[]>([]);
  const all = [...item.notes, ...made.filter((one) => !item.notes.some((known) => known.id === one.id))].filter((one) => !gone.includes(one.id));
  const [chosen, setChosen] = useState<string | null>(all[0]?.id ?? null);
  const [picking, setPicking] = useState(all.length === 0);
  const [busy, setBusy] = useState<Template | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const shown = all.find((one) => one.id === chosen) ?? all[0] ?? null;

  const begin = async (template: Template) => {
    setBusy(template);
    setProblem(null);
    try {
      const note = await notes.generate(item.id, template);
      setMade((old) => [...old, { id: note.id, template, status: note.status, version: note.version, updated_at: new Date().toISOString() }]);
      setChosen(note.id);
      setPicking(false);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(null);
    }
  };
  const discarded = (id: string) => {
    setGone((old) => [...old, id]);
    setChosen(null);
    if (all.length === 1) setPicking(true);
    onEvidence([]);
    onChanged();
  };

  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      {picking || !shown ? (
        <Picker busy={busy} onPick={(template) => void begin(template)} onCancel={shown ? () => setPicking(false) : null} />
      ) : (
        <>
          {all.length > 1 && (
            <div data-no-print>
              <Segments
                label={t.notes.notesOf} name="note" value={shown.id} onChange={(id) => { onEvidence([]); setChosen(id); }}
                options={all.map((one) => ({ value: one.id, label: t.notes.templates[one.template].name }))}
              />
            </div>
          )}
          <NoteView
            key={shown.id} id={shown.id} item={item} voice={voice} onEvidence={onEvidence} onChanged={onChanged} onHelp={onHelp} onPane={onPane}
            onAnother={() => setPicking(true)} onDiscarded={() => discarded(shown.id)} onAgain={(template) => { discarded(shown.id); void begin(template); }}
          />
        </>
      )}
    </>
  );
}
