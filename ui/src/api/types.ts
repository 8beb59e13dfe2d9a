// The shapes of docs/api. Fields marked optional are not in every answer.

export type UserType = 'patient' | 'doctor' | 'admin' | 'auditor' | 'readonly';
export type RoleState = 'active' | 'pending' | 'disabled';
export type SubmissionType = 'audio' | 'prescription';
export type Status = 'queued' | 'processing' | 'draft' | 'approved' | 'returned' | 'failed';

export interface User {
  id: string;
  username: string;
  email: string;
  user_type: UserType;
  role_state: RoleState;
  created_at: string;
}

export interface SessionAnswer { user: User; csrf_token: string }

export interface Page<T> { results: T[]; next_cursor: string | null }

/* consents */
export const consentTypes = ['recording', 'data_processing', 'data_storage', 'external_processing'] as const;
export type ConsentType = (typeof consentTypes)[number];
export type ConsentSource = 'registration' | 'self' | 'doctor' | 'import';
export type ConsentNotice = '30_days' | '7_days' | '1_day' | 'expired';
export interface ConsentEvent {
  granted: boolean; at: string; expires_at: string | null; policy_version: number; source: ConsentSource; by_oneself: boolean;
}
export interface Consent {
  type: ConsentType;
  state: 'granted' | 'expired' | 'withdrawn' | 'never_given';
  granted: boolean;
  since: string | null;
  expires_at: string | null;
  expires_in_days: number | null;
  notice: ConsentNotice | null;
  history: ConsentEvent[];
}
export interface Consents { policy_version: number; consents: Consent[] }

export interface SubmissionRow {
  id: string;
  type: SubmissionType;
  status: Status;
  version: number;
  username?: string;
  consent_missing?: boolean;
  reason: string | null;
  created_at: string;
  updated_at: string;
  percent?: number | null;
  stage?: string | null;
  position?: number | null;
}

export interface Word {
  text: string;
  confidence: number;
  start_ms?: number;
  end_ms?: number;
  page?: number;
  box?: [number, number, number, number];
  line?: number;
}

export interface DraftMedicine { form: string | null; name: string; strength: string | null; list?: 'clinic' | 'medicines' | 'words' | null; suggestions: string[] }

export interface DraftLine {
  text: string;
  spans: [number, number][];
  understood: boolean;
  question: string | null;
  medicine?: DraftMedicine | null;
}

export interface Engine { name: string; version: string; model?: string }

export interface Evidence {
  version: number;
  engine: Engine;
  media: { type: 'audio'; duration_ms: number } | { type: 'image'; pages: { width: number; height: number }[] };
  text: string;
  words: Word[];
  draft: { kind: 'doctor_summary' | 'patient_instructions'; text: string; engine: Engine; lines: DraftLine[] };
}

export type FindingKind = 'medicine' | 'dose' | 'number' | 'laterality' | 'negation' | 'not_understood' | 'unchecked';

/** What a doctor has to deal with before a text may go out. `at` and `length` count bytes of the UTF-8 text. */
export interface Finding {
  number: number;
  kind: FindingKind;
  at: number;
  length: number;
  text: string;
  resolution: 'confirmed' | null;
  by?: string | null;
  resolved_at?: string | null;
}

export interface HistoryEntry { version: number; status: Status; at: string; by: string | null; by_name: string | null }

export interface Submission {
  id: string;
  type: SubmissionType;
  status: Status;
  version: number;
  user_id?: string;
  username?: string;
  transcribed_text: string | null;
  doctor_summary: string | null;
  extracted_text: string | null;
  patient_instructions: string | null;
  reason: string | null;
  question: string | null;
  notes?: string | null;
  created_at: string;
  updated_at: string;
  approved_by?: string | null;
  approved_by_name?: string | null;
  approved_at?: string | null;
  evidence?: Evidence | null;
  media?: { id: string; type: string; bytes: number } | null;
  history?: HistoryEntry[];
  findings?: Finding[];
}

export interface SessionRow {
  id: string;
  created_at: string;
  expires_at: string;
  current: boolean;
  user_agent: string | null;
}

export interface AccessRow {
  at: string;
  who: string;
  role: string;
  action: string;
  resource_type: string;
  count: number;
}

export interface AuditRow {
  seq: number;
  timestamp: string;
  user_id: string | null;
  /** For administrators. */
  username?: string | null;
  action: string;
  resource_type: string | null;
  resource_id: string | null;
  ip_address: string | null;
  user_agent: string | null;
  success: boolean;
  details: unknown;
  request_id: string | null;
  hash: string;
}

export interface AuditVerdict { ok: boolean; rows: number; first_bad_seq: number | null; reason: string | null }

export interface JobRow {
  id: string;
  kind: string;
  state: string;
  attempts: number;
  percent: number | null;
  stage: string | null;
  submission_id: string | null;
  last_error: string | null;
  created_at: string;
  updated_at: string;
}

export interface Medicine { id: string; name: string; note: string; created_at: string; added_by: string }
export interface MedicinePage extends Page<Medicine> { total: number; most: number }
export interface MedicinesAdded { added: number; already_there: number; total: number }
