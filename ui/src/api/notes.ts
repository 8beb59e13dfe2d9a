import { call, type Answer } from './client';
import { useLive } from './events';
import type { DraftLine, Engine, Evidence, Finding, Page, UserType } from './types';
import { uploadFile } from './upload';

// Consultations and the notes made from them: shapes and calls.

/** What stands in a section of a note of which nothing was said. */
export const NOT_DISCUSSED = 'Not discussed.';

export type ConsultationStatus = 'open' | 'queued' | 'processing' | 'ready' | 'failed' | 'integrity_error';
export type NoteStatus = 'generating' | 'draft' | 'signed' | 'failed' | 'integrity_error';
export const templates = ['soap', 'progress', 'referral', 'after_visit'] as const;
export type Template = (typeof templates)[number];

export interface ConsultationRow {
  id: string; status: ConsultationStatus; version: number; patient_name: string | null; patient_user_id: string | null; title: string | null;
  created_at: string; updated_at: string; reason: string | null; percent?: number | null; stage?: string | null;
  duration_ms?: number | null; notes_count?: number; consent_missing?: boolean;
}
export interface NoteInConsultation { id: string; template: Template; status: NoteStatus; version: number; updated_at: string }
export interface Consultation extends ConsultationRow {
  evidence: Pick<Evidence, 'engine' | 'media' | 'text' | 'words'> | null;
  media: { type: string; bytes: number } | null;
  notes: NoteInConsultation[];
}
export interface NewConsultation { patient?: string; patient_name?: string; title?: string; consent_given: boolean }

export interface Person { user_id: string; username: string }
export interface NoteRow {
  id: string; consultation_id: string; template: Template; status: NoteStatus; version: number; patient_name: string | null;
  author: Person; created_at: string; updated_at: string; signed_at: string | null; findings_open?: number; consent_missing?: boolean;
}
export interface NoteEvidence {
  lines: (DraftLine & { section?: string | null })[];
  sections?: { name: string; title: string; discussed: boolean }[];
  engine: Engine;
}
export interface Addendum { id: string; text: string; author: Person; created_at: string }
export interface Share extends Person { role: UserType; shared_at: string }
export interface NoteVersion { version: number; at: string; by: string | null }
/** What the author gets; those it is shared with get less. */
export interface Note {
  id: string; consultation_id: string; template: Template; status: NoteStatus; reason: string | null; version: number; text: string | null;
  evidence?: NoteEvidence | null; findings?: Finding[]; patient_name: string | null; author: Person; created_at: string; updated_at: string;
  signed_at: string | null; signed_by?: string | null; addenda?: Addendum[]; shares?: Share[]; history?: NoteVersion[];
}

type Cursor = string | null;
type Signal = AbortSignal | undefined;
const data = async <T>(answer: Promise<Answer<T>>): Promise<T> => (await answer).data;
const withSignal = (signal: Signal) => (signal ? { signal } : {});

export const consultations = {
  list: (cursor: Cursor, signal?: Signal) =>
    data(call<Page<ConsultationRow>>('GET', '/consultations', { query: { limit: 50, cursor }, ...withSignal(signal) })),
  open: (id: string, signal?: Signal) => data(call<Consultation>('GET', `/consultations/${id}`, withSignal(signal))),
  make: (form: NewConsultation) => data(call<ConsultationRow>('POST', '/consultations', { body: form })),
  transcribe: (id: string) => data(call<ConsultationRow>('POST', `/consultations/${id}/transcribe`)),
  send: (id: string) => (file: File, onProgress: (share: number) => void) =>
    uploadFile(`/consultations/${id}/recording`, file, {}, onProgress),
  mediaPath: (id: string) => `/consultations/${id}/media`,
};

interface Changed { id: string; status: NoteStatus; version: number }

export const notes = {
  list: (scope: 'mine' | 'shared', cursor: Cursor, signal?: Signal) =>
    data(call<Page<NoteRow>>('GET', '/notes', { query: { scope, limit: 50, cursor }, ...withSignal(signal) })),
  open: (id: string, signal?: Signal) => call<Note>('GET', `/notes/${id}`, withSignal(signal)),
  generate: (consultation: string, template: Template) =>
    data(call<Changed>('POST', '/notes/generate', { body: { consultation_id: consultation, template } })),
  save: (id: string, text: string, ifMatch: string) => call<Changed & { findings: Finding[] }>('PUT', `/notes/${id}`, { body: { text }, ifMatch }),
  confirm: (id: string, finding: number, ifMatch: string) =>
    call<Changed>('POST', `/notes/${id}/confirm`, { body: { finding }, ifMatch }),
  sign: (id: string, ifMatch: string) => call<Changed>('POST', `/notes/${id}/sign`, { ifMatch }),
  addAddendum: (id: string, text: string) => call<unknown>('POST', `/notes/${id}/addenda`, { body: { text } }),
  share: (id: string, user: string) => call<unknown>('POST', `/notes/${id}/share`, { body: { user } }),
  unshare: (id: string, userId: string) => call<unknown>('POST', `/notes/${id}/unshare`, { body: { user_id: userId } }),
  discard: (id: string) => call<null>('DELETE', `/notes/${id}`),
  version: (id: string, version: number, signal?: Signal) =>
    data(call<NoteVersion & { text: string }>('GET', `/notes/${id}/versions`, { query: { version }, ...withSignal(signal) })),
};

const consultationEnds = (status: ConsultationStatus) => status !== 'queued' && status !== 'processing';
/** Live state of a consultation whose recording is being listened to. */
export const useConsultationLive = (id: string, status: ConsultationStatus) => useLive<ConsultationStatus>(
  `/consultations/${id}/events`, status, consultationEnds,
  async () => (await consultations.list(null)).results.find((row) => row.id === id) ?? null,
);

const noteEnds = (status: NoteStatus) => status !== 'generating';
/** Live state of a note that is being drafted. */
export const useNoteLive = (id: string, status: NoteStatus) => useLive<NoteStatus>(
  `/notes/${id}/events`, status, noteEnds,
  async () => (await notes.list('mine', null)).results.find((row) => row.id === id) ?? null,
);
