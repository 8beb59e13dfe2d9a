import { consentTypes, type ConsentType } from '../../api/types';
import { useTexts } from '../../texts';
import classes from './Consents.module.css';

/** A box each, none of them ticked for anybody. */
export function ConsentBoxes({ value, onChange }: { value: ConsentType[]; onChange: (next: ConsentType[]) => void }) {
  const t = useTexts();
  return (
    <fieldset className={classes.boxes}>
      <legend>{t.consents.joinTitle}</legend>
      <p className={classes.lead}>{t.consents.joinLead}</p>
      {consentTypes.map((type) => (
        <label key={type} className={classes.box}>
          <input
            type="checkbox" name={type} checked={value.includes(type)} aria-describedby={`allows-${type}`}
            onChange={(event) => onChange(event.currentTarget.checked ? [...value, type] : value.filter((one) => one !== type))}
          />
          <span>
            <span className={classes.boxName}>{t.consents.kinds[type].name}</span>
            <span id={`allows-${type}`} className={classes.boxHint}>{t.consents.kinds[type].allows}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
