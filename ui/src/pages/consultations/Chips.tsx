import type { ConsultationStatus, NoteStatus } from '../../api/notes';
import type { IconName } from '../../components/Icon';
import { Chip } from '../../components/StatusChip';
import { useTexts } from '../../texts';

const looks: Record<ConsultationStatus, { tone: string; icon: IconName }> = {
  open: { tone: 'mark', icon: 'mic' }, queued: { tone: 'plain', icon: 'clock' }, processing: { tone: 'plain', icon: 'gear' },
  ready: { tone: 'good', icon: 'check' }, failed: { tone: 'bad', icon: 'alert' }, integrity_error: { tone: 'bad', icon: 'shield' },
};
const noteLooks: Record<NoteStatus, { tone: string; icon: IconName }> = {
  generating: { tone: 'plain', icon: 'gear' }, draft: { tone: 'calm', icon: 'eye' }, signed: { tone: 'good', icon: 'shield' },
  failed: { tone: 'bad', icon: 'alert' }, integrity_error: { tone: 'bad', icon: 'shield' },
};

export function ConsultationChip({ status, percent }: { status: ConsultationStatus; percent?: number | null }) {
  const t = useTexts();
  const share = status === 'processing' && percent !== null && percent !== undefined ? ` ${Math.round(percent)} %` : '';
  // a status of a newer server still gets its word
  const look = (looks as Partial<typeof looks>)[status];
  return <Chip tone={look?.tone ?? 'plain'} icon={look?.icon ?? 'question'} label={(t.notes.states[status] ?? status) + share} />;
}

/** The patient does not allow it (any more): what there is stays in the list, and does not open. */
export function ClosedChip({ row }: { row: { consent_missing?: boolean } }) {
  const t = useTexts();
  return row.consent_missing ? <Chip tone="mark" icon="alert" label={t.doctor.consentMissing} /> : null;
}

export function NoteChip({ status }: { status: NoteStatus }) {
  const t = useTexts();
  const look = (noteLooks as Partial<typeof noteLooks>)[status];
  return <Chip tone={look?.tone ?? 'plain'} icon={look?.icon ?? 'question'} label={t.notes.noteStates[status] ?? status} />;
}
