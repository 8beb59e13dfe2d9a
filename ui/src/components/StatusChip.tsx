import type { Status } from '../api/types';
import { Icon, type IconName } from './Icon';
import classes from './StatusChip.module.css';

const looks: Record<Status, { tone: string; icon: IconName }> = {
  queued: { tone: 'plain', icon: 'clock' },
  processing: { tone: 'plain', icon: 'gear' },
  draft: { tone: 'calm', icon: 'eye' },
  approved: { tone: 'good', icon: 'check' },
  returned: { tone: 'mark', icon: 'question' },
  failed: { tone: 'bad', icon: 'alert' },
};

export function StatusChip({ status, label }: { status: Status; label: string | undefined }) {
  // a status of a newer server still gets its word
  const look = looks[status] as { tone: string; icon: IconName } | undefined;
  return <Chip tone={look?.tone ?? 'plain'} icon={look?.icon ?? 'question'} label={label ?? status} />;
}

export function Chip({ tone, icon, label }: { tone: string; icon?: IconName; label: string }) {
  return <span className={classes.chip} data-tone={tone}>{icon && <Icon name={icon} size={17} />}{label}</span>;
}
