import { networkProblem, Problem, readProblem } from './problem';
import type { SessionAnswer } from './types';

export const BASE = '/api/v1';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Query = Record<string, string | number | null | undefined>;
interface Options { body?: unknown; query?: Query; ifMatch?: string; signal?: AbortSignal; quiet401?: boolean }
export interface Answer<T> { data: T; etag: string | null }

// The token lives in this variable only: it is gone with the page, and no other page can read it.
let csrfToken: string | null = null;
let onSignedOut: () => void = () => {};

export const setCsrfToken = (token: string | null) => { csrfToken = token; };
export const csrfHeader = (): Record<string, string> => (csrfToken ? { 'X-CSRF-Token': csrfToken } : {});
export const whenSignedOut = (listener: () => void) => { onSignedOut = listener; };
export const reportSignedOut = () => onSignedOut();

export function pathWithQuery(path: string, query: Query = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (filled.length === 0) return BASE + path;
  return `${BASE}${path}?${new URLSearchParams(filled.map(([key, value]) => [key, String(value)]))}`;
}

async function send(method: Method, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') Object.assign(headers, csrfHeader());
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error' };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(pathWithQuery(path, options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw networkProblem();
  }
}

async function sendChecked(method: Method, path: string, options: Options): Promise<Response> {
  let response = await send(method, path, options);
  if (response.status === 403 && method !== 'GET' && response.headers.get('Content-Type')?.includes('problem')) {
    const problem = readProblem(403, await response.text(), null);
    // Signing in again in another tab changes the token; fetch the new one and try once more.
    if (!problem.code.startsWith('csrf')) throw problem;
    await restoreSession();
    response = await send(method, path, options);
  }
  if (response.ok) return response;
  const problem = readProblem(response.status, await response.text(), response.headers.get('Retry-After'));
  if (problem.status === 401 && !options.quiet401) reportSignedOut();
  throw problem;
}

export async function call<T>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
  const response = await sendChecked(method, path, options);
  const body = response.status === 204 ? '' : await response.text();
  return { data: (body === '' ? null : JSON.parse(body)) as T, etag: response.headers.get('ETag') };
}

export async function fetchBlob(path: string, signal?: AbortSignal): Promise<Blob> {
  const response = await sendChecked('GET', path, signal ? { signal } : {});
  return response.blob();
}

/** Asks who we are; null when nobody is signed in. */
export async function restoreSession(): Promise<SessionAnswer | null> {
  try {
    const { data } = await call<SessionAnswer>('GET', '/session', { quiet401: true });
    setCsrfToken(data.csrf_token);
    return data;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}
