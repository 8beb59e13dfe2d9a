import type { Problem } from '../api/problem';
import type { Texts } from './en';

/** What a person should read about a problem. The server's own wording is used only where it is more exact than ours. */
export function sentenceFor(problem: Problem, t: Texts): string {
  const p = t.problems;
  const known = p.codes[problem.code];
  if (known) return known;
  switch (problem.status) {
    case 401: return p.signedOut;
    case 403: return p.forbidden;
    case 404: return p.notFound;
    case 412: case 428: return p.conflict;
    case 409: return problem.title ?? p.conflict;
    case 413: return p.tooLarge;
    case 415: return p.unsupported;
    case 429: return p.tooMany(problem.retryAfter);
    case 400: case 422: return problem.detail ?? (problem.field ? p.invalid(problem.field) : (problem.title ?? p.invalid(null)));
  }
  return problem.status >= 500 ? p.server : p.other;
}
