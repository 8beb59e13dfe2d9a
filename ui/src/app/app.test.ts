import { describe, expect, it } from 'vitest';
import { deviceOf } from '../pages/account/device';
import { looksLikeEmail, looksLikeUsername, passwordLacks } from '../pages/account/password';
import { inOrder } from '../pages/doctor/queue';
import type { SubmissionRow } from '../api/types';
import { clock, span } from '../components/time';
import { describeAction } from '../texts/actions';
import { en } from '../texts/en';
import { match } from './match';

describe('match', () => {
  it('takes ids out of paths and nothing else', () => {
    expect(match('/review/:id', '/review/a%20b')).toEqual({ id: 'a b' });
    for (const path of ['/review', '/review/', '/review/a/b', '/sent/a', '/']) expect(match('/review/:id', path)).toBeNull();
    expect(match('/review/:id', '/review/%E0%A4%A')).toBeNull();
  });
});

describe('time', () => {
  it('is short and exact', () => {
    expect([0, 59_999, 61_000, 3_600_000].map(clock)).toEqual(['0:00', '0:59', '1:01', '1:00:00']);
    expect(span(30_000, en)).toBe('just now');
    expect(span(130 * 60_000, en)).toBe('2 h 10 min');
    expect(span(25 * 3_600_000, en)).toBe('1 day');
  });
});

describe('password', () => {
  it('says what is missing, in any script', () => {
    expect(passwordLacks('')).toEqual(['length', 'upper', 'lower', 'digit', 'sign']);
    expect(passwordLacks('Monsoon-2031')).toEqual([]);
    expect(passwordLacks('Ääääää1!')).toEqual([]);
    expect(passwordLacks('nocapital1!')).toEqual(['upper']);
  });
  it('accepts what a name or an address may be', () => {
    expect(['asha', 'dr.rao', 'हिंदी_1', 'two words', 'a', 'a@b.c'].map(looksLikeUsername)).toEqual([true, true, true, true, false, false]);
    expect(['a@b', 'a@b.in', '@b', 'a b@c'].map(looksLikeEmail)).toEqual([true, true, false, false]);
  });
});

describe('small words', () => {
  it('name devices', () => {
    expect(deviceOf('Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36')).toEqual({ browser: 'Chrome', system: 'Android' });
    expect(deviceOf('Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0')).toEqual({ browser: 'Edge', system: 'Windows' });
    expect(deviceOf(null)).toBeNull();
  });
  it('describe acts, also unknown ones', () => {
    expect(describeAction('submission.read', 'submission', en)).toBe('opened a submission');
    expect(describeAction('key.rotate', 'vault', en)).toBe('key rotate (vault)');
  });
});

describe('inOrder', () => {
  it('puts the longest waiting first and changes nothing', () => {
    const rows = ['2026-01-02', '2026-01-01', '2026-01-03'].map((created_at) => ({ created_at }) as SubmissionRow);
    expect(inOrder(rows, 'oldest').map((row) => row.created_at)).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
    expect(inOrder(rows, 'newest')[0]?.created_at).toBe('2026-01-03');
    expect(rows[0]?.created_at).toBe('2026-01-02');
  });
});
