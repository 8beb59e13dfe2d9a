import classes from './Segments.module.css';

interface Option<T extends string> { value: T; label: string; count?: string | undefined }
interface Props<T extends string> {
  label: string; name: string; value: T; options: Option<T>[]; onChange: (value: T) => void;
}

/** A choice between views: real radio buttons, so that arrow keys and screen readers know them. */
export function Segments<T extends string>({ label, name, value, options, onChange }: Props<T>) {
  return (
    <fieldset className={classes.segments}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={classes.segment}>
          <input type="radio" name={name} checked={value === option.value} onChange={() => onChange(option.value)} />
          {option.label}
          {option.count !== undefined && <span className={`${classes.count} tabular`}>{option.count}</span>}
        </label>
      ))}
    </fieldset>
  );
}
