// Brings people and ready drafts into a server through `medscribe import`: no recogniser is needed for them.
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD } from './server.mjs';

/** As the old system stored it: 100,000 rounds, 32 bytes of salt. */
export function oldHash(password = PASSWORD) {
  const salt = randomBytes(32);
  return `${salt.toString('hex')}:${pbkdf2Sync(password, salt, 100_000, 32, 'sha256').toString('hex')}`;
}

/** users: [{ id, username }], submissions: [{ id, user_id, type?, status?, text?, draft? }]; times count up from a fixed day. */
export function importInto(server, users, submissions) {
  const folder = mkdtempSync(join(tmpdir(), 'ms-import-'));
  const at = (n) => new Date(Date.UTC(2026, 0, 5) + n * 1000).toISOString();
  try {
    writeFileSync(join(folder, 'users.jsonl'), users.map((user) => `${JSON.stringify({ email: `${user.username}@old.example`, user_type: 'patient', password_hash: '', created_at: at(0), ...user })}\n`).join(''));
    writeFileSync(join(folder, 'submissions.jsonl'), submissions.map((one) => {
      const { text = `heard ${one.id}`, draft = `summary ${one.id}`, ...rest } = one;
      const audio = (one.type ?? 'audio') === 'audio';
      return `${JSON.stringify({ type: 'audio', status: 'draft', created_at: at(one.id), [audio ? 'transcribed_text' : 'extracted_text']: text,
        [audio ? 'doctor_summary' : 'patient_instructions']: draft, ...rest })}\n`;
    }).join(''));
    return server.command('import', '--jsonl', folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
