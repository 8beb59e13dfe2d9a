import { consentTypes, type ConsentType } from './types';

/** An answer that is not a success, in the words of RFC 9457; `network` when there was no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string | null = null,
    readonly field: string | null = null,
    readonly retryAfter: number | null = null,
    readonly requestId: string | null = null,
    readonly title: string | null = null,
    readonly consents: ConsentType[] = [],
  ) {
    super(`${status} ${code}`);
    this.name = 'Problem';
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

const missingConsents = (value: unknown): ConsentType[] =>
  (Array.isArray(value) ? consentTypes.filter((type) => value.includes(type)) : []);

export function readProblem(status: number, body: string, retryAfter: string | null): Problem {
  const seconds = retryAfter === null ? NaN : Number.parseInt(retryAfter, 10);
  const wait = Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      const fields = parsed as Record<string, unknown>;
      return new Problem(
        status, text(fields.code) ?? `http_${status}`, text(fields.detail), text(fields.field), wait,
        text(fields.request_id), text(fields.title), missingConsents(fields.consent_required),
      );
    }
  } catch {
    // a proxy's HTML page, or nothing: the status is all we know
  }
  return new Problem(status, `http_${status}`, null, null, wait);
}

export const networkProblem = () => new Problem(0, 'network');

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'unexpected', error instanceof Error ? error.message : null);
}
