import { useTexts } from '../texts';
import classes from './Brand.module.css';

/** The mark: a voice that becomes writing, and the doctor's dot at its end. */
export function Mark({ size = 34 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" fill="var(--deep-2)" />
      <g stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <path d="M7 13v6M11.500 9.500v13M16 12.500v7" />
        <path d="M20.500 13H26M20.500 19h2.600" />
      </g>
      <circle cx="26" cy="19" r="1.700" fill="#f6b026" />
    </svg>
  );
}

export function Brand() {
  const t = useTexts();
  return <span className={classes.brand}><Mark />{t.brand}</span>;
}

// Heights of a spoken sentence; the drawing turns them into lines of text from left to right.
const voice = [10, 22, 44, 30, 62, 88, 54, 96, 70, 40, 78, 52, 30, 60, 84, 46, 26, 50, 34, 16];
const lines = [[0, 150], [0, 196], [0, 118], [0, 172]] as const;

export function VoiceToText() {
  return (
    <svg className={classes.art} viewBox="0 0 480 150" aria-hidden="true" focusable="false">
      <g strokeWidth="6" strokeLinecap="round" stroke="#8fd6c6">
        {voice.map((height, i) => (
          <path key={i} d={`M${8 + i * 12} ${75 - height / 2}v${height}`} opacity={1 - i * 0.028} />
        ))}
      </g>
      <g strokeWidth="9" strokeLinecap="round" stroke="#fff">
        {lines.map(([from, length], i) => <path key={i} d={`M${272 + from} ${27 + i * 32}h${length}`} opacity={0.92 - i * 0.07} />)}
      </g>
      <circle cx="464" cy="123" r="8" fill="#f6b026" />
    </svg>
  );
}
