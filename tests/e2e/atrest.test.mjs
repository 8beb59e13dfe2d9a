// What lies on the disk, in the database's own files and in the logs: nothing that a thief could read.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { clusterFolder, clusterLog } from './lib/postgres.mjs';
import { engines, isProblem, PASSWORD, runServerOnce, startServer } from './lib/server.mjs';

/** Every file below, also while somebody removes some. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}
function readOrNothing(path) {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
const spellings = (text) => [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(Buffer.from(text).toString('hex')), Buffer.from(Buffer.from(text).toString('base64').slice(0, -4))];

for (const engine of engines) {
  describe(`at rest on ${engine}`, () => {
    let server, patient, doctor, admin;
    const canaries = { name: 'zanzibarcanaryname', email: 'zanzibarcanarymail@home.example', password: 'Zanzibar-canary-password-7', notes: 'zanzibarcanarynotes', draft: 'zanzibarcanarydraft', question: 'zanzibarcanaryquestion', agent: 'zanzibarcanaryagent', registration: 'zanzibarcanaryreg', wrong: 'Zanzibar-canary-wrong-7' };
    before(async () => {
      server = await startServer(engine, { log_level: 'debug' });
      admin = await server.admin('adm1');
    });
    after(() => server.stop());

    test('SEC-099, SEC-024, SEC-064, SEC-100: no text, name, file, password or token is found in any file of the data folder, the database or a log', async () => {
      const made = await server.post('/register', { username: canaries.name, email: canaries.email, password: canaries.password, user_type: 'patient' });
      assert.equal(made.status, 201, made.text);
      patient = await server.logIn({ username: canaries.name, password: canaries.password });
      doctor = await server.pendingDoctor('doc1');
      await server.post(`/api/v1/admin/users/${doctor.id}/verify`, { registration_no: canaries.registration }, admin.token);
      const page = media.renderPage('canary.png', 'Zanzibarium 500 mg\n1 tab BD x 5 days\nQuaggacillin 250 mg\n1 cap OD\n', 200);
      const sent = await server.uploadFile('/submit_prescription', patient.token, page, 'image/png', { notes: canaries.notes, options: { headers: { 'User-Agent': canaries.agent } } });
      assert.equal(sent.status, 201, sent.text);
      const { id } = sent.body;
      await server.events(id, patient.token);
      const seen = (await server.get(`/api/v1/submissions/${id}`, doctor.token)).body;
      assert.match(seen.extracted_text, /zanzibarium/i);
      assert.equal(seen.notes, canaries.notes);
      assert.equal((await server.put(`/api/v1/submissions/${id}/draft`, { text: canaries.draft }, doctor.token, { headers: { 'If-Match': `"v${seen.version}"` } })).status, 200);
      assert.equal((await server.post(`/api/v1/submissions/${id}/return`, { question: canaries.question }, doctor.token, { headers: { 'If-Match': `"v${seen.version + 1}"` } })).status, 200);
      await server.post('/login', { username: canaries.name, password: canaries.wrong });
      await server.get(`/api/v1/submissions/${canaries.notes}?x=${canaries.draft}`, patient.token);
      const tokens = [];
      for (let i = 0; i < 12; i++) {
        const [bearer, cookie, pair] = [await server.post('/login', { username: canaries.name, password: canaries.password }), await server.post('/api/v1/session', { login: canaries.name, password: canaries.password }), i < 4 ? await server.post('/auth/login', { email: canaries.email, password: canaries.password }) : null];
        tokens.push(bearer.body.session_token, cookie.headers['set-cookie'][0].split(/[=;]/)[1]);
        if (pair) tokens.push(pair.body.access_token, pair.headers['set-cookie'][0].split(/[=;]/)[1]);
      }
      for (const token of tokens) assert.ok(token.length >= 43);
      server.flush();
      const png = readFileSync(page);
      const needles = new Map();
      for (const [what, text] of Object.entries(canaries)) spellings(text).forEach((bytes, i) => needles.set(`${what} (${['plain', 'UTF-16', 'hex', 'base64'][i]})`, bytes));
      for (const word of ['Zanzibarium', 'Quaggacillin', 'zanzibarium']) needles.set(`read from the page: ${word}`, Buffer.from(word));
      tokens.forEach((token, i) => needles.set(`token ${i}`, Buffer.from(token.length > 60 ? token.split('.')[2] : token)));
      needles.set('the picture', png.subarray(png.length >> 1, (png.length >> 1) + 32));
      needles.set('a hash of argon2', Buffer.from('argon2id$'));
      needles.set('a hash of bcrypt', Buffer.from('$2b$12$'));
      const hex = readFileSync(join(server.folder, 'root.key'), 'latin1').trim();
      const places = [...files(server.folder)].filter((path) => !path.endsWith('root.key'));
      if (engine === 'postgresql') places.push(...files(clusterFolder()));
      const found = [];
      const search = (where, bytes) => {
        for (const [what, needle] of needles) if (bytes.includes(needle)) found.push(`${what} in ${where}`);
        for (const key of [Buffer.from(hex), Buffer.from(hex, 'hex'), Buffer.from(Buffer.from(hex, 'hex').toString('base64'))]) if (bytes.includes(key)) found.push(`the root key in ${where}`);
      };
      for (const path of places) search(path.slice(path.lastIndexOf('/', path.lastIndexOf('/') - 1)), readOrNothing(path));
      search('the log', Buffer.from(server.log));
      if (engine === 'postgresql') {
        const log = clusterLog();
        assert.match(log, /INSERT INTO submissions/i, 'PostgreSQL logged the statements');
        search('PostgreSQL\'s log', Buffer.from(log));
      }
      assert.deepEqual(found, []);
      assert.ok(places.length > 4, `${places.length} files`);
    });

    test('SEC-104, SEC-170: sealed files show no kind and nobody else may read a file of the folder', () => {
      const magic = [Buffer.from('RIFF'), Buffer.from('\x89PNG', 'latin1'), Buffer.from([0xff, 0xd8, 0xff]), Buffer.from('OggS'), Buffer.from('fLaC')];
      const kept = [...files(join(server.folder, 'files'))];
      assert.ok(kept.length > 0);
      for (const path of kept) assert.ok(!magic.some((bytes) => readFileSync(path).subarray(0, 4).includes(bytes)), path);
      assert.equal(statSync(server.folder).mode & 0o777, 0o700);
      for (const path of files(server.folder)) assert.equal(statSync(path).mode & 0o077, 0, path);
    });

    test('SEC-101: an original that was altered on the disk is not handed out', async () => {
      const sent = await server.uploadFile('/submit_audio', patient.token, media.tinyWav(), 'audio/wav');
      await server.events(sent.body.id, patient.token);
      const path = [...files(join(server.folder, 'files'))].sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
      const bytes = readFileSync(path);
      const fetch = async () => {
        try {
          return await server.call('GET', `/api/v1/submissions/${sent.body.id}/media`, { token: patient.token, raw: true });
        } catch {
          return { status: 'broken off', bytes: Buffer.alloc(0) };
        }
      };
      const whole = await fetch();
      assert.equal(whole.status, 200);
      for (const [name, change] of [['a bit', (b) => { b[b.length >> 1] ^= 1; return b; }], ['the end cut', (b) => b.subarray(0, b.length - 100)], ['the end doubled', (b) => Buffer.concat([b, b.subarray(-4096)])], ['empty', () => Buffer.alloc(0)]]) {
        writeFileSync(path, change(Buffer.from(bytes)));
        const answer = await fetch();
        assert.ok(answer.status === 409 || answer.status === 'broken off', `${name}: ${answer.status}`);
      }
      writeFileSync(path, bytes);
      assert.ok((await fetch()).bytes.equals(whole.bytes));
    });

    test('SEC-023: a password hash copied to another account opens nothing and is on record', async () => {
      const other = await server.patient('pat2');
      const where = (id) => `id = ${server.database ? `'${id}'` : `X'${id.replaceAll('-', '')}'`}`;
      const adminId = (await server.get('/me', admin.token)).body.id;
      assert.equal((await server.post('/login', { username: 'pat2', password: PASSWORD })).status, 200);
      server.sql(`UPDATE users SET password = (SELECT password FROM users WHERE ${where(other.id)}) WHERE ${where(adminId)}`);
      isProblem(await server.post('/login', { username: 'adm1', password: PASSWORD }), 401, 'login_failed');
      const rows = (await server.get('/api/v1/admin/audit?action=integrity.failure', admin.token)).body.results;
      assert.ok(rows.some((row) => row.resource_id === adminId), JSON.stringify(rows));
    });

    test('SEC-107, SEC-108, SEC-111: without its key, or with another, the data stays shut', async () => {
      await server.halt();
      const area = mkdtempSync(join(tmpdir(), 'ms-nokey-'));
      chmodSync(area, 0o711);
      try {
        const settings = { data: server.folder, listen: '127.0.0.1:64994', database: server.database?.url ?? '' };
        const key = join(server.folder, 'root.key');
        copyFileSync(key, join(area, 'kept'));
        rmSync(key);
        const wrong = [];
        const without = runServerOnce(settings);
        if (without.status !== 78 || !/root_key/.test(without.stderr)) wrong.push(`no key: exit ${without.status}, ${without.stdout}${without.stderr.slice(-300)}`);
        rmSync(key, { force: true });
        writeFileSync(key, `${randomBytes(32).toString('hex')}\n`, { mode: 0o400 });
        const foreign = runServerOnce(settings);
        if (/answers at/.test(foreign.stdout)) wrong.push(`another key: exit ${foreign.status}, ${foreign.stdout}${foreign.stderr.slice(-300)}`);
        assert.deepEqual(wrong, []);
      } finally {
        rmSync(area, { recursive: true, force: true });
      }
    });
  });
}

describe('settings that would be unsafe', () => {
  test('SEC-051, SEC-106, SEC-021: weak keys, keys that others may read, and settings that cannot be: exit 78 and one line that names the setting', () => {
    const area = mkdtempSync(join(tmpdir(), 'ms-bad-'));
    try {
      const key = (name, text, mode = 0o400) => { writeFileSync(join(area, name), text, { mode }); chmodSync(join(area, name), mode); return join(area, name); };
      const cases = [
        [{ root_key: key('short', `${'ab'.repeat(31)}\n`) }, /root_key/], [{ root_key: key('word', 'secret\n') }, /root_key/], [{ root_key: key('zeros', `${'0'.repeat(64)}\n`) }, /root_key/],
        [{ root_key: key('same', `${'a'.repeat(64)}\n`) }, /root_key/], [{ root_key: key('open', `${'0123456789abcdef'.repeat(4)}\n`, 0o644) }, /root_key/], [{ root_key: join(area, 'missing') }, /root_key/],
        [{ plain_http: 'yes', listen: '0.0.0.0:8443' }, /plain_http/], [{ listen: 'nowhere' }, /listen/], [{ session_hours: '25' }, /session_hours/], [{ database: 'mongodb://x' }, /database/], [{ unknown: '1' }, /unknown/],
        [{ password_hash: 'md5' }, /password_hash/], [{ sunset: 'soon' }, /sunset/], [{ limits: 'maybe' }, /limits/],
      ];
      const wrong = [];
      cases.forEach(([settings, names], i) => {
        mkdirSync(join(area, `d${i}`));
        chmodSync(join(area, `d${i}`), 0o700);
        const done = runServerOnce({ data: join(area, `d${i}`), listen: '127.0.0.1:64993', ...settings });
        const lines = done.stderr.trim().split('\n');
        if (done.status !== 78 || lines.filter((line) => names.test(line)).length !== 1) wrong.push(`${JSON.stringify(settings).replace(area, '')}: ${done.status} ${done.stderr.slice(0, 300)}`);
      });
      assert.deepEqual(wrong, []);
    } finally {
      rmSync(area, { recursive: true, force: true });
    }
  });
});
