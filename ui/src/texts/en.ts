import { account } from './en/account';
import { admin } from './en/admin';
import { consents } from './en/consents';
import { doctor } from './en/doctor';
import { findings } from './en/findings';
import { notes } from './en/notes';
import { medicines } from './en/medicines';
import { patient } from './en/patient';
import { player } from './en/player';
import { problems } from './en/problems';
import { recorder } from './en/recorder';

/** Every sentence a person can read. Functions where a number or a name goes in, so that word order stays free. */
export const en = {
  language: 'en-IN',
  brand: 'MedScribe',
  promise: 'You speak. A doctor checks. You read it in plain words.',
  common: {
    loading: 'Loading…',
    tryAgain: 'Try again',
    cancel: 'Cancel',
    close: 'Close',
    back: 'Back',
    save: 'Save',
    showMore: 'Show more',
    reload: 'Reload',
    none: '–',
    skipToContent: 'Skip to the content',
    notFoundTitle: 'This page does not exist',
    notFoundBody: 'The address may be mistyped, or the page belongs to another account.',
    toStart: 'Go to the start page',
    leaveTitle: 'Leave without saving?',
    leaveStay: 'Stay here',
    leaveGo: 'Leave',
    crashTitle: 'Something went wrong on this page',
    crashBody: 'Nothing that you sent is lost. Reload the page to go on.',
    refreshing: 'Updating…',
  },
  shell: {
    mainNavigation: 'Main',
    home: 'Home',
    queue: 'Queue',
    consultations: 'Consultations',
    visits: 'Visit notes',
    looked: 'Who looked',
    users: 'People',
    audit: 'Audit',
    jobs: 'Jobs',
    medicines: 'Medicines',
    consents: 'Consents',
    account: 'Account',
    signOut: 'Log out',
    themeLight: 'Use light colours',
    themeDark: 'Use dark colours',
    footer: 'Your words and pictures stay with this clinic. Nothing goes outside unless you allow it.',
  },
  roles: { patient: 'Patient', doctor: 'Doctor', admin: 'Administrator', auditor: 'Auditor', readonly: 'Read only', server: 'Model server' },
  kinds: { audio: 'Voice recording', prescription: 'Prescription' },
  time: {
    now: 'just now',
    minutes: (n: number) => `${n} min`,
    hours: (n: number, m: number) => (m > 0 && n < 10 ? `${n} h ${m} min` : `${n} h`),
    days: (n: number) => (n === 1 ? '1 day' : `${n} days`),
    ago: (span: string) => `${span} ago`,
  },
  actions: {
    login: 'logged in', 'login.failed': 'failed to log in', logout: 'logged out', register: 'registered',
    'role.request': 'asked to be a doctor', 'role.approve': 'confirmed a doctor', 'account.disable': 'switched an account off',
    'account.enable': 'switched an account on', 'session.end': 'ended a session', 'submission.create': 'sent something',
    'submission.read': 'opened a submission', 'submission.list': 'saw it in a list', 'submission.edit': 'changed the draft',
    'submission.approve': 'approved it', 'submission.return': 'sent it back with a question',
    'media.read': 'opened the original', 'media.process': 'read the original', 'media.sent_outside': 'sent it to a model server',
    'submission.recognised': 'wrote the draft',
    'submission.failed': 'could not read it', 'finding.confirm': 'confirmed a marked place', 'draft.check': 'compared the draft with its source',
    'consultation.create': 'began a consultation', 'consultation.read': 'opened a consultation', 'consultation.list': 'saw a consultation in a list',
    'consultation.record': 'handed in the recording of a visit', 'consultation.transcribe': 'had a recording heard again',
    'consultation.recognised': 'wrote down a visit', 'consultation.failed': 'could not write down a visit',
    'note.create': 'began a note', 'note.drafted': 'drafted a note', 'note.failed': 'could not draft a note', 'note.read': 'opened a note',
    'note.list': 'saw a note in a list', 'note.update': 'changed a note', 'note.delete': 'discarded the draft of a note', 'note.sign': 'signed a note',
    'note.addendum': 'added to a signed note', 'note.share': 'shared a note', 'note.unshare': 'stopped sharing a note',
    'audit.read': 'read the audit log', 'audit.verify': 'verified the audit log',
    'users.read': 'read the list of people',
    'medicines.add': 'added to the list of medicines', 'medicines.remove': 'removed from the list of medicines', 'access_log.read': 'read who looked',
    'consent.grant': 'gave a consent', 'consent.withdraw': 'withdrew a consent',
    'job.discarded': 'dropped its work, for the consent was missing', 'job.waits_for_consent': 'waits for a consent',
  } as Record<string, string>,
  bytes: (n: number) =>
    n < 1024 * 1024 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1024 / 1024).toFixed(1)} MB`,
  password: {
    rule: 'At least 8 characters with a capital letter, a small letter, a digit and a sign such as ! or #.',
    choose: 'Choose a password that has all of this.',
    missing: {
      length: '8 characters', upper: 'a capital letter', lower: 'a small letter', digit: 'a digit', sign: 'a sign',
    },
    stillNeeds: (parts: string) => `Still needs: ${parts}`,
    good: 'This password fits the rules.',
  },
  account,
  consents,
  patient,
  recorder,
  player,
  findings,
  notes,
  doctor,
  admin,
  medicines,
  problems,
};

export type Texts = typeof en;
