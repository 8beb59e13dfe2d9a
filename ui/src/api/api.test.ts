import { describe, expect, it } from 'vitest';
import { en } from '../texts/en';
import { sentenceFor } from '../texts/sentence';
import { pathWithQuery } from './client';
import { asProblem, Problem, readProblem } from './problem';

describe('readProblem', () => {
  it('reads problem+json, and survives whatever else a proxy sends', () => {
    const body = JSON.stringify({ code: 'unknown_field', detail: 'No.', field: 'emial', request_id: 'r1' });
    expect(readProblem(422, body, null)).toMatchObject({ status: 422, code: 'unknown_field', field: 'emial', requestId: 'r1' });
    for (const broken of ['', '<html>', 'null', '[]', '"x"', '{"code":5}']) {
      expect(readProblem(502, broken, null).code).toBe('http_502');
    }
    expect(readProblem(429, '{}', '30').retryAfter).toBe(30);
    expect(readProblem(429, '{}', 'Sun, 22 Nov 2026 10:00:00 GMT').retryAfter).toBeNull();
  });
  it('makes a problem of anything thrown', () => {
    const problem = new Problem(404, 'x');
    expect(asProblem(problem)).toBe(problem);
    expect(asProblem('text').code).toBe('unexpected');
  });
});

describe('sentenceFor', () => {
  it('always finds words', () => {
    for (const status of [0, 400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 500, 503]) {
      expect(sentenceFor(new Problem(status, 'some_code'), en).length).toBeGreaterThan(10);
    }
    expect(sentenceFor(new Problem(429, 'x', null, null, 200), en)).toContain('4 minutes');
    expect(sentenceFor(new Problem(409, 'account_exists'), en)).toBe(en.problems.codes.account_exists);
  });
});

describe('pathWithQuery', () => {
  it('leaves out what is empty and escapes the rest', () => {
    expect(pathWithQuery('/submissions', { status: null, type: '', limit: 5, cursor: 'a&b' })).toBe('/api/v1/submissions?limit=5&cursor=a%26b');
    expect(pathWithQuery('/me')).toBe('/api/v1/me');
  });
});
