import { call, type Answer } from './client';
import type {
  AccessRow, AuditRow, AuditVerdict, Consent, Consents, ConsentType, Finding, JobRow, MedicinePage, MedicinesAdded, Page, SessionAnswer, SessionRow,
  Status, Submission, SubmissionRow,
  SubmissionType, User, UserType,
} from './types';

type Cursor = string | null;
type Signal = AbortSignal | undefined;
const data = async <T>(answer: Promise<Answer<T>>): Promise<T> => (await answer).data;
const withSignal = (signal: Signal) => (signal ? { signal } : {});

export interface Registration {
  username: string; email: string; password: string; user_type: Extract<UserType, 'patient' | 'doctor'>; consents: ConsentType[];
}

export const account = {
  register: (form: Registration) =>
    data(call<Pick<User, 'id' | 'username' | 'user_type' | 'role_state'>>('POST', '/register', { body: form })),
  signIn: (login: string, password: string) =>
    data(call<SessionAnswer>('POST', '/session', { body: { login, password }, quiet401: true })),
  signOut: () => call<null>('DELETE', '/session', { quiet401: true }),
  setUp: (form: { token: string; username: string; email: string; password: string }) =>
    data(call<User>('POST', '/setup', { body: form, quiet401: true })),
  sessions: (signal?: Signal) => data(call<Page<SessionRow>>('GET', '/me/sessions', withSignal(signal))),
  endSession: (id: string) => call<null>('DELETE', `/me/sessions/${id}`),
  accessLog: (cursor: Cursor, signal?: Signal) =>
    data(call<Page<AccessRow>>('GET', '/me/access-log', { query: { limit: 50, cursor }, ...withSignal(signal) })),
};

export const consents = {
  mine: (signal?: Signal) => data(call<Consents>('GET', '/consents', withSignal(signal))),
  grant: (type: ConsentType, expiresAt: string | null) =>
    data(call<Consent>('POST', `/consents/${type}`, { body: expiresAt === null ? {} : { expires_at: expiresAt } })),
  withdraw: (type: ConsentType) => call<null>('POST', `/consents/${type}/withdraw`),
};

export interface SubmissionFilter {
  scope: 'mine' | 'clinic'; status?: Status | null; type?: SubmissionType | null; order?: 'newest' | 'oldest'; limit?: number; cursor?: Cursor;
}

export const submissions = {
  list: (filter: SubmissionFilter, signal?: Signal) =>
    data(call<Page<SubmissionRow>>('GET', '/submissions', { query: { limit: 50, ...filter }, ...withSignal(signal) })),
  open: (id: string, signal?: Signal) => call<Submission>('GET', `/submissions/${id}`, withSignal(signal)),
  saveDraft: (id: string, text: string, ifMatch: string) =>
    call<{ id: string; status: Status; version: number; findings: Finding[] }>('PUT', `/submissions/${id}/draft`, { body: { text }, ifMatch }),
  confirm: (id: string, finding: number, ifMatch: string) =>
    call<{ id: string; version: number; finding: number; findings_open: number }>('POST', `/submissions/${id}/confirm`, { body: { finding }, ifMatch }),
  approve: (id: string, ifMatch: string) =>
    call<{ id: string; status: Status; version: number; approved_by: string; approved_at: string }>(
      'PUT', `/approve/${id}`, { ifMatch },
    ),
  giveBack: (id: string, question: string, ifMatch: string) =>
    call<{ id: string; status: Status; version: number }>(
      'POST', `/submissions/${id}/return`, { body: { question }, ifMatch },
    ),
  mediaPath: (id: string) => `/submissions/${id}/media`,
  eventsPath: (id: string) => `/submissions/${id}/events`,
};

export const admin = {
  users: (roleState: string | null, cursor: Cursor, signal?: Signal) =>
    data(call<Page<User>>('GET', '/admin/users', {
      query: { role_state: roleState, limit: 50, cursor }, ...withSignal(signal),
    })),
  verify: (id: string, registrationNo: string) =>
    data(call<User>('POST', `/admin/users/${id}/verify`, { body: { registration_no: registrationNo } })),
  setEnabled: (id: string, enabled: boolean) =>
    data(call<User>('POST', `/admin/users/${id}/${enabled ? 'enable' : 'disable'}`)),
  audit: (filter: { action: string; user_id: string }, cursor: Cursor, signal?: Signal) =>
    data(call<Page<AuditRow>>('GET', '/admin/audit', { query: { ...filter, limit: 50, cursor }, ...withSignal(signal) })),
  verifyAudit: () => data(call<AuditVerdict>('GET', '/admin/audit/verify')),
  jobs: (cursor: Cursor, signal?: Signal) =>
    data(call<Page<JobRow>>('GET', '/admin/jobs', { query: { limit: 50, cursor }, ...withSignal(signal) })),
  medicines: (search: string, cursor: Cursor, signal?: Signal) =>
    data(call<MedicinePage>('GET', '/admin/medicines', { query: { search: search || null, limit: 50, cursor }, ...withSignal(signal) })),
  addMedicines: (names: string) => data(call<MedicinesAdded>('POST', '/admin/medicines', { body: { names } })),
  removeMedicine: (id: string) => call<null>('DELETE', `/admin/medicines/${id}`),
};
