import type { FindingKind } from '../../api/types';

type Source = 'audio' | 'image';
const kinds: Record<FindingKind, string> = {
  medicine: 'Medicine', dose: 'Dose', number: 'Number', laterality: 'Left or right', negation: 'Yes or no',
  not_understood: 'Not understood', unchecked: 'Not checked',
};

const why: Record<Source, Record<FindingKind, string>> = {
  audio: {
    medicine: 'This medicine was not heard in the recording.',
    dose: 'This dose was not heard in the recording.',
    number: 'This number was not heard in the recording.',
    laterality: 'The recording names another side, or none.',
    negation: 'The recording seems to say the opposite.',
    not_understood: 'The machine could not make sense of this.',
    unchecked: 'This text could not be compared with the recording by the machine. Please compare all of it yourself.',
  },
  image: {
    medicine: 'This medicine was not read on the page.',
    dose: 'This dose was not read on the page.',
    number: 'This number was not read on the page.',
    laterality: 'The page names another side, or none.',
    negation: 'The page seems to say the opposite.',
    not_understood: 'The machine could not make sense of this.',
    unchecked: 'This text could not be compared with the page by the machine. Please compare all of it yourself.',
  },
};

/** What the guard found in a draft, and what a doctor does about it. */
export const findings = {
  kinds,
  why,
  heading: 'To check before it goes out',
  open: (n: number) => (n === 1 ? '1 thing to check' : `${n} things to check`),
  allClear: 'Everything that was marked has been dealt with.',
  none: 'Nothing in this text is missing from its source.',
  jump: (kind: string, text: string) => (text ? `${kind}: “${text}”` : kind),
  jumpWhole: (kind: string) => `${kind}: the whole text`,
  quoted: (text: string) => `“${text}”`,
  unsure: { audio: (words: string) => `Not surely heard: ${words}.`, image: (words: string) => `Not surely read: ${words}.` } as Record<Source, (words: string) => string>,
  confirm: 'It is right',
  confirmWhole: 'I have compared it',
  confirmLabel: (what: string, kind: string, text: string) => `${what}: ${kind}${text ? ` “${text}”` : ''}`,
  edit: 'Change the line',
  evidence: { audio: 'Hear what was said', image: 'See it on the page' } as Record<Source, string>,
  first: (n: number) => (n === 1 ? 'Check the marked place first.' : `Check the ${n} marked places first.`),
  again: (n: number) => (n === 1 ? 'Saved, not approved: 1 place in your text is to be checked.' : `Saved, not approved: ${n} places in your text are to be checked.`),
  imported: 'This draft came from an older system and was not compared with its source. What you save is.',
  confirmed: (left: number) => (left === 0 ? 'Confirmed. Nothing is left to check.' : left === 1 ? 'Confirmed. 1 is left.' : `Confirmed. ${left} are left.`),
  confirmedBy: (kind: string, text: string) => `Confirmed: ${kind}${text ? ` “${text}”` : ''}`,
  saveFirst: 'Your change is checked again when you save.',
};
