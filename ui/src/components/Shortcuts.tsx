import { Dialog } from './Dialog';
import { useTexts } from '../texts';
import { useKeySetting } from '../app/useKeys';
import classes from './Shortcuts.module.css';

export function Shortcuts({ opened, onClose, rows }: { opened: boolean; onClose: () => void; rows: [string[], string][] }) {
  const t = useTexts();
  const setting = useKeySetting();
  return (
    <Dialog opened={opened} onClose={onClose} title={t.doctor.shortcuts}>
      <dl className={classes.keys}>
        {rows.map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label className={classes.keySetting}>
        <input type="checkbox" checked={setting.on} onChange={(event) => setting.set(event.currentTarget.checked)} />
        {t.doctor.keys.setting}
      </label>
    </Dialog>
  );
}
