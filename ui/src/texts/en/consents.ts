import type { ConsentNotice, ConsentSource, ConsentType } from '../../api/types';

interface Kind { name: string; allows: string; stops: string }

const kinds: Record<ConsentType, Kind> = {
  recording: {
    name: 'Recording my voice',
    allows: 'You can record your voice and send the recording to the clinic.',
    stops: 'No new recording is accepted. What you have sent before stays.',
  },
  data_processing: {
    name: 'Reading what I send',
    allows: 'The clinic’s machine turns recordings and pictures into text, and the clinic’s doctors read and check it.',
    stops: 'Work under way stops at once, and doctors can no longer open anything that you have sent, so nobody can answer it. You still see your own things. If you allow it again, the work goes on.',
  },
  data_storage: {
    name: 'Keeping what I send',
    allows: 'The clinic keeps what you send on its own machine, encrypted.',
    stops: 'Nothing new is accepted. This does not delete what the clinic already keeps; ask the clinic if you want that.',
  },
  external_processing: {
    name: 'Help from an outside service',
    allows: 'Where the clinic uses an outside computer service, your recording or text may be sent there to be read better, without your name.',
    stops: 'Nothing more is sent out. The clinic’s own machine does the work.',
  },
};

const notices: Record<ConsentNotice, string> = {
  '30_days': 'This ends within 30 days. It is not renewed by itself.',
  '7_days': 'This ends within 7 days. It is not renewed by itself.',
  '1_day': 'This ends within a day. It is not renewed by itself.',
  expired: 'This has ended. Nothing was deleted; allow it again to go on.',
};

const sources: Record<ConsentSource, string> = {
  registration: 'when registering', self: 'by you', doctor: 'attested by a doctor who was with you', import: 'taken over from the clinic’s old system',
};

export const consents = {
  title: 'Consents',
  lead: 'What the clinic may do with your data. You decide on each, and can change your mind at any time.',
  kinds,
  notices,
  states: { granted: 'Allowed', expired: 'Ended', withdrawn: 'Withdrawn', never_given: 'Not allowed' },
  since: 'Since',
  until: 'Until',
  noEnd: 'you withdraw it',
  ifYouWithdraw: 'If you withdraw it: ',
  allow: 'Allow',
  allowAgain: 'Allow anew',
  allowOf: (name: string) => `Allow: ${name}`,
  withdraw: 'Withdraw',
  withdrawOf: (name: string) => `Withdraw: ${name}`,
  howLong: 'For how long',
  lengths: { none: 'Until I withdraw it', month: '30 days', half: '6 months', year: '1 year' },
  allowed: (name: string) => `Allowed: ${name}.`,
  withdrawn: (name: string) => `Withdrawn: ${name}.`,
  history: 'History',
  historyOf: (name: string) => `History: ${name}`,
  historyEmpty: 'You have not said anything about this yet.',
  gave: 'Allowed',
  gaveUntil: (when: string) => `Allowed until ${when}`,
  tookBack: 'Withdrawn',
  sources,
  link: 'See and change what I have allowed',
  noMail: 'Ends are announced on this page and on your start page 30, 7 and 1 days before. No e-mail is sent.',

  joinTitle: 'What do you allow?',
  joinLead: 'Tick what you agree to. Without the first three the clinic cannot read and answer what you send. You can change each of them later under “Consents”.',

  neededTitle: 'This needs your consent',
  neededBody: 'What you want to send is still here. Nothing of it has been kept by the clinic.',
  allowAndSend: 'Allow and send',
  decideLater: 'See all consents',
  soonTitle: 'A consent needs your attention',
  soonLink: 'Look at my consents',
  waitingTitle: 'It waits for your consent',
  waitingBody: 'It has arrived and is kept, but nobody reads it: you have not allowed “Reading what I send”. As soon as you do, it goes on by itself.',
  waitingShort: 'Waits for your consent',
};
