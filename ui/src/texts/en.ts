import { account } from './en/account';
import { admin } from './en/admin';
import { doctor } from './en/doctor';
import { patient } from './en/patient';
import { problems } from './en/problems';

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
    looked: 'Who looked',
    users: 'People',
    audit: 'Audit',
    jobs: 'Jobs',
    account: 'Account',
    signOut: 'Log out',
    themeLight: 'Use light colours',
    themeDark: 'Use dark colours',
    footer: 'Your words and pictures stay on this clinic’s own machine.',
  },
  roles: { patient: 'Patient', doctor: 'Doctor', admin: 'Administrator', auditor: 'Auditor', readonly: 'Read only' },
  kinds: { audio: 'Voice recording', prescription: 'Prescription' },
  time: {
    now: 'just now',
    minutes: (n: number) => `${n} min`,
    hours: (n: number, m: number) => (m > 0 && n < 10 ? `${n} h ${m} min` : `${n} h`),
    days: (n: number) => (n === 1 ? '1 day' : `${n} days`),
    ago: (span: string) => `${span} ago`,
  },
  actions: {
    submission_read: 'opened a submission', submission_view: 'opened a submission', submission_open: 'opened a submission',
    submission_list: 'saw it in a list', results_read: 'read results', media_read: 'opened the original',
    submission_media: 'opened the original', submission_create: 'sent something', submission_draft: 'changed a draft',
    draft_update: 'changed a draft', submission_approve: 'approved it', submission_approved: 'approved it',
    submission_return: 'sent it back with a question', access_log_read: 'looked at this list',
    login: 'logged in', logout: 'logged out', login_failed: 'failed to log in', user_register: 'registered',
    user_verify: 'confirmed a doctor', user_disable: 'switched an account off', user_enable: 'switched an account on',
    audit_read: 'read the audit log', audit_verify: 'verified the audit log', session_end: 'ended a session',
  } as Record<string, string>,
  bytes: (n: number) =>
    n < 1024 * 1024 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1024 / 1024).toFixed(1)} MB`,
  password: {
    rule: 'At least 8 characters with a capital letter, a small letter, a digit and a sign such as ! or #.',
    missing: {
      length: '8 characters', upper: 'a capital letter', lower: 'a small letter', digit: 'a digit', sign: 'a sign',
    },
    stillNeeds: (parts: string) => `Still needs: ${parts}`,
    good: 'This password fits the rules.',
  },
  account,
  patient,
  doctor,
  admin,
  problems,
};

export type Texts = typeof en;
