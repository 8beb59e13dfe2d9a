// Who may do what, that each act is on record, and that the record cannot be changed without being found out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { refused } from './lib/postgres.mjs';
import { engines, isProblem, PASSWORD, programs, startServer } from './lib/server.mjs';

const UNKNOWN = '5f1c5df9-5b7c-4bd1-9c5e-0c62c8b1a001';
const ROLES = ['anonymous', 'patient', 'doctor', 'admin', 'auditor', 'readonly', 'pending'];
/** What a request must have to get as far as the question who may. */
const bodies = [
  ['PUT', /draft$/, { text: 'x' }], ['POST', /return$/, { question: 'x' }], ['POST', /confirm$/, { finding: 1 }], ['POST', /verify$/, { registration_no: 'x' }],
  ['POST', /medicines$/, { names: 'Matrixol' }], ['POST', /consultations$/, { patient_name: 'x', consent_given: true }],
  ['POST', /generate$/, { consultation_id: UNKNOWN, template: 'soap' }], ['PUT', /notes\/\{id\}$/, { text: 'x' }], ['POST', /addenda$/, { text: 'x' }],
  ['POST', /unshare$/, { user_id: UNKNOWN }], ['POST', /share$/, { user: 'x' }],
];
const matrix = execFileSync(join(programs, 'front'), ['--matrix'], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(','));

for (const engine of engines) {
  describe(`audit on ${engine}`, () => {
    let server;
    const who = {};
    before(async () => {
      server = await startServer(engine);
      [who.patient, who.other, who.doctor, who.pending] = [await server.patient('pat1'), await server.patient('pat2'), await server.doctor('doc1'), await server.pendingDoctor('docp')];
      [who.admin, who.auditor, who.readonly] = [await server.admin('adm1'), await server.hostUser('auditor', 'aud1'), await server.hostUser('readonly', 'ro1')];
    });
    after(() => server.stop());
    const auditRows = async (query = '') => {
      const all = [];
      let cursor = null;
      do {
        const page = await server.get(`/api/v1/admin/audit?limit=100${query}${cursor ? `&cursor=${cursor}` : ''}`, who.admin.token);
        assert.equal(page.status, 200, page.text);
        all.push(...page.body.results);
        cursor = page.body.next_cursor;
      } while (cursor !== null);
      return all;
    };

    test('SEC-140: each act of the list leaves exactly one row, complete, numbered without a gap', async () => {
      const { patient, other, doctor, admin } = who;
      const from = (await auditRows())[0].seq;
      const expected = [];
      const act = (action, user, times = 1) => { for (let i = 0; i < times; i++) expected.push([action, user?.id ?? null]); };
      who.patient = await server.logIn(patient);
      act('login', patient);
      await server.post('/login', { username: 'pat1', password: 'Wrong-heron-41' });
      act('login.failed', null);
      const gone = await server.logIn(other);
      await server.post('/logout', undefined, gone.token);
      act('login', other); act('logout', other);
      const made = await server.post('/register', { username: 'fresh', email: 'fresh@home.example', password: PASSWORD, user_type: 'patient' });
      act('register', made.body);
      const hopeful = await server.post('/register', { username: 'hopeful', email: 'hopeful@home.example', password: PASSWORD, user_type: 'doctor' });
      act('role.request', hopeful.body);
      await server.post(`/api/v1/admin/users/${hopeful.body.id}/verify`, { registration_no: 'R1' }, admin.token);
      await server.post(`/api/v1/admin/users/${made.body.id}/disable`, undefined, admin.token);
      await server.post(`/api/v1/admin/users/${made.body.id}/enable`, undefined, admin.token);
      const adminId = (await server.get('/me', admin.token)).body.id;
      for (const action of ['role.approve', 'account.disable', 'account.enable']) act(action, { id: adminId });
      const second = await server.logIn(patient);
      act('login', patient);
      const session = (await server.get('/api/v1/me/sessions', second.token)).body.results.find((one) => one.current).id;
      await server.call('DELETE', `/api/v1/me/sessions/${session}`, { token: patient.token });
      act('session.end', patient);
      const { id } = (await server.uploadFile('/submit_prescription', patient.token, media.writtenPng(), 'image/png', { notes: 'n' })).body;
      act('submission.create', patient);
      await server.events(id, patient.token);
      const bad = (await server.uploadFile('/submit_audio', patient.token, media.silenceWav(), 'audio/wav')).body.id;
      act('submission.create', patient);
      await server.events(bad, patient.token);
      act('submission.recognised', null); act('submission.failed', null); act('media.process', null, 2);
      await server.get(`/api/v1/submissions/${id}`, doctor.token);
      await server.get(`/api/v1/submissions/${id}/media`, doctor.token);
      await server.get('/get_all_results', doctor.token);
      await server.get('/get_result', patient.token);
      const first = (await server.get('/api/v1/submissions?scope=clinic', doctor.token)).body.results.find((one) => one.id === id).version;
      assert.equal((await server.put(`/api/v1/submissions/${id}/draft`, { text: 'Take it.' }, doctor.token, { headers: { 'If-Match': `"v${first}"` } })).status, 200);
      for (const action of ['submission.read', 'media.read', 'submission.list', 'submission.edit']) act(action, doctor);
      act('draft.check', doctor, 2);
      act('submission.list', patient);
      const { version } = (await server.get(`/api/v1/submissions/${id}`, doctor.token)).body;
      act('submission.read', doctor);
      const back = await server.post(`/api/v1/submissions/${id}/return`, { question: 'When?' }, doctor.token, { headers: { 'If-Match': `"v${version}"` } });
      act('submission.return', doctor);
      assert.equal(back.status, 200, back.text);
      assert.equal((await server.put(`/api/v1/submissions/${id}/draft`, { text: 'Take it now.' }, doctor.token, { headers: { 'If-Match': `"v${version}"` } })).status, 200);
      act('submission.edit', doctor);
      assert.equal((await server.put(`/approve/${id}`, undefined, doctor.token)).status, 200);
      act('submission.read', doctor); act('submission.approve', doctor); // its text is sealed anew: a look as well
      await server.get('/api/v1/me/access-log', patient.token);
      await server.get('/api/v1/admin/users', admin.token);
      await server.get('/get_all_results', patient.token);
      act('access_log.read', patient); act('users.read', { id: adminId }); act('access.denied', patient);
      const rows = (await auditRows()).filter((row) => row.seq > from && row.action !== 'audit.read').reverse();
      const count = (pairs) => {
        const out = {};
        for (const [action, user] of pairs) out[`${action} ${user ?? '-'}`] = (out[`${action} ${user ?? '-'}`] ?? 0) + 1;
        return Object.fromEntries(Object.entries(out).sort());
      };
      assert.deepEqual(count(rows.map((row) => [row.action, row.user_id])), count(expected));
      const all = (await auditRows()).reverse();
      all.forEach((row, i) => assert.equal(row.seq, i + 1, 'no gap'));
      for (const row of all) {
        for (const key of ['timestamp', 'user_id', 'action', 'resource_type', 'resource_id', 'ip_address', 'user_agent', 'success', 'details', 'request_id', 'hash']) assert.ok(key in row, key);
        assert.match(row.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/);
      }
      assert.deepEqual(all.map((row) => row.timestamp), all.map((row) => row.timestamp).sort());
      assert.equal(rows.find((row) => row.action === 'login').ip_address, '127.0.0.1');
      assert.ok(rows.filter((row) => row.action === 'login.failed').every((row) => row.success === false && row.resource_id === patient.id));
      assert.ok(all.some((row) => row.action === 'system.start'));
      const listed = rows.find((row) => row.action === 'submission.list' && row.user_id === doctor.id);
      assert.ok(listed.resource_ids.includes(id) && listed.details.count >= 1, JSON.stringify(listed));
    });

    test('SEC-074, P7: seven looks and two lists are seven rows and two, and the patient sees them', async () => {
      const sent = await server.uploadFile('/submit_prescription', who.patient.token, media.writtenPng(), 'image/png');
      await server.events(sent.body.id, who.patient.token);
      const before = (await auditRows('&action=submission.read')).length;
      for (let i = 0; i < 7; i++) assert.equal((await server.get(`/api/v1/submissions/${sent.body.id}`, who.doctor.token)).status, 200);
      const rows = await auditRows('&action=submission.read');
      assert.equal(rows.length - before, 7);
      assert.ok(rows.slice(0, 7).every((row) => row.resource_id === sent.body.id && row.user_id === who.doctor.id));
      const log = (await server.get('/api/v1/me/access-log?limit=100', who.patient.token)).body.results.filter((row) => row.who === 'doc1' && row.action === 'submission.read');
      assert.ok(log.reduce((sum, row) => sum + row.count, 0) >= 7, JSON.stringify(log));
    });

    test('SEC-006, SEC-008, SEC-009, SEC-010, SEC-143: the compiled table of who may do what, for each role, on own and on foreign objects', async () => {
      assert.deepEqual(matrix[0].slice(2), ROLES);
      assert.ok(matrix.length > 30);
      const items = {};
      for (const role of ROLES.slice(1)) {
        for (const type of ['recording', 'data_processing', 'data_storage']) await server.post(`/api/v1/consents/${type}`, {}, who[role].token); // the host's accounts have said nothing yet
        const sent = await server.uploadFile('/submit_audio', who[role].token, media.tinyWav(), 'audio/wav');
        assert.equal(sent.status, role === 'pending' && sent.status === 403 ? 403 : 201, `${role}: ${sent.text}`);
        items[role] = sent.body.id;
      }
      const foreign = (await server.uploadFile('/submit_audio', who.other.token, media.tinyWav(), 'audio/wav')).body.id;
      for (const id of [...Object.values(items), foreign].filter(Boolean)) await server.settled(id, who.doctor.token);
      const wrong = [];
      let cells = 0;
      for (const [method, path, ...allowed] of matrix.slice(1)) {
        for (const [column, role] of ROLES.entries()) {
          for (const target of path.includes('{id}') ? ['own', 'foreign'] : ['-']) {
            const submission = /submissions|approve/.test(path);
            let id = !submission ? UNKNOWN : target === 'foreign' ? foreign : items[role] ?? foreign;
            if (role === 'anonymous') id = foreign;
            let token = role === 'anonymous' ? undefined : who[role].token;
            if (allowed[column] === 'yes' && /logout/.test(path) && token) ({ token } = await server.logIn(who[role]));
            const json = bodies.find(([verb, place]) => verb === method && place.test(path))?.[2] ?? (['POST', 'PUT'].includes(method) && !/submit_|logout|recording$/.test(path) ? {} : undefined);
            const filled = path.replace('{id}', id).replace('{type}', 'external_processing') + (/versions$/.test(path) ? '?version=2' : '');
            const answer = /recording$/.test(path) ? await server.uploadFile(filled, token, media.tinyWav(), 'audio/wav')
              : await server.call(method, filled, { token, json, headers: /draft|return|confirm|sign$|notes\/\{id\}$/.test(path) ? { 'If-Match': '"v1"' } : {} });
            cells++;
            const said = `${method} ${path} as ${role} (${target}): ${answer.status} ${answer.body?.code ?? ''}`;
            if (allowed[column] === 'no') {
              const expected = role === 'anonymous' ? [401, 'token_invalid'] : role === 'pending' ? [403, 'role_pending'] : [403, 'forbidden'];
              if (answer.status !== expected[0] || answer.body?.code !== expected[1]) wrong.push(`${said} instead of ${expected}`);
            } else {
              const cookieOnly = path === '/api/v1/session' && method === 'GET'; // the pages' own session, not the token's
              const refusedWrongly = (answer.status === 401 && !cookieOnly) || (answer.status === 403 && answer.body.code !== 'conflict_of_interest') || answer.status >= 500 || answer.status === 429;
              if (refusedWrongly) wrong.push(`${said} although allowed`);
              if (target === 'foreign' && submission && role !== 'doctor' && answer.status !== 404) wrong.push(`${said}: another person's must not be there`);
              if (target === 'own' && submission && method === 'GET' && items[role] && answer.status !== 200) wrong.push(`${said}: one's own must be there`);
            }
          }
        }
      }
      assert.ok(cells > 230, `${cells} cells`);
      assert.deepEqual(wrong, []);
      for (const [alias, status] of [['/me', 401], ['/get_result', 401], ['/get_all_results', 401], ['/submit_audio', 401], ['/submit_prescription', 401]]) {
        assert.equal((await server.call(alias.startsWith('/submit') ? 'POST' : 'GET', alias)).status, status, `SEC-178: ${alias} is no side door`);
      }
      isProblem(await server.call('PUT', `/approve/${foreign}`), 401, 'token_invalid');
    });

    test('SEC-141: nothing that people wrote is in the audit log', async () => {
      const writer = await server.patient('canaryname');
      await server.uploadFile('/submit_prescription', writer.token, media.writtenPng(), 'image/png', { notes: 'CANARYNOTES' }).then(({ body }) => server.events(body.id, writer.token));
      await server.get('/api/v1/submissions/CANARYPATH', writer.token);
      await server.get('/api/v1/submissions?CANARYQUERY=1', writer.token);
      await server.post('/login', { username: 'canaryname', password: 'CANARY-pass1' });
      await server.post('/login', { username: 'CANARYNOBODY', password: 'CANARY-pass1' });
      const text = JSON.stringify((await auditRows()).map(({ username, ...row }) => row)); // a name is looked up as a row is read; it is not in the log
      assert.doesNotMatch(text, /CANARY|canaryname|home\.example|clinic\.example/);
      assert.doesNotMatch(text, /Amoxicillin|Paracetamol/i);
      assert.doesNotMatch(server.log, /CANARY|canaryname|Amoxicillin/);
    });

    test('SEC-143: the log is for administrators and auditors, reading it is on record, and the database keeps it append-only', async () => {
      for (const role of ['patient', 'doctor', 'readonly']) isProblem(await server.get('/api/v1/admin/audit', who[role].token), 403, 'forbidden');
      const before = (await auditRows('&action=audit.read')).length;
      assert.equal((await server.get('/api/v1/admin/audit?limit=1', who.auditor.token)).status, 200);
      const rows = await auditRows('&action=audit.read');
      assert.ok(rows.length > before && rows.some((row) => row.user_id === who.auditor.id));
      const named = (await server.get(`/api/v1/admin/audit?user_id=${who.doctor.id}&limit=3`, who.admin.token)).body.results;
      assert.ok(named.length === 3 && named.every((row) => row.username === who.doctor.username), 'names for those who may read the list of people');
      const nameless = (await server.get(`/api/v1/admin/audit?user_id=${who.doctor.id}&limit=3`, who.auditor.token)).body.results;
      assert.ok(nameless.length === 3 && nameless.every((row) => row.username === null && row.user_id === who.doctor.id));
      for (const change of ['UPDATE audit_log SET success = 0 WHERE seq = 1', 'DELETE FROM audit_log WHERE seq = 1', ...(server.database ? ['TRUNCATE audit_log'] : [])]) {
        if (server.database) assert.match(refused(server.database.name, change) ?? 'was allowed', /append-only|permission denied/, change);
        else assert.throws(() => server.sql(change), /append-only/, change);
      }
    });

    test('SEC-142: a changed, removed, swapped, inserted or cut row is found and named; an untouched log is whole', async () => {
      const whole = await server.get('/api/v1/admin/audit/verify', who.auditor.token);
      assert.deepEqual([whole.body.ok, whole.body.first_bad_seq, whole.body.reason], [true, null, null]);
      const running = server.command('audit', 'verify');
      assert.equal(running.ok, true);
      await server.halt();
      const last = Number(server.sql('SELECT max(seq) FROM audit_log')[0][0]);
      assert.ok(last > 60, `${last} rows`);
      const columns = 'at_us, clinic_id, user_id, action, resource_type, resource_id, resources, success, request_id, client, details, hash';
      const unlock = server.database ? ['ALTER TABLE audit_log DISABLE TRIGGER ALL', 'ALTER TABLE audit_checkpoints DISABLE TRIGGER ALL']
        : server.sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").map(([name]) => `DROP TRIGGER ${name}`);
      const attacks = {
        'an untouched copy': [[], null],
        'a changed result': [['UPDATE audit_log SET success = 1 - success WHERE seq = 20'], 20],
        'a changed time': [['UPDATE audit_log SET at_us = at_us + 1 WHERE seq = 21'], 21],
        'a changed person': [['UPDATE audit_log SET user_id = clinic_id WHERE seq = 22'], 22],
        'a removed row': [['DELETE FROM audit_log WHERE seq = 30'], 30],
        'two swapped rows': [['UPDATE audit_log SET seq = -1 WHERE seq = 40', 'UPDATE audit_log SET seq = 40 WHERE seq = 41', 'UPDATE audit_log SET seq = 41 WHERE seq = -1'], 40],
        'an inserted row': [['UPDATE audit_log SET seq = -seq - 1 WHERE seq >= 50', 'UPDATE audit_log SET seq = -seq WHERE seq < 0', `INSERT INTO audit_log(seq, ${columns}) SELECT 50, ${columns} FROM audit_log WHERE seq = 49`], 50],
        'a row more at the end': [[`INSERT INTO audit_log(seq, ${columns}) SELECT ${last + 1}, ${columns} FROM audit_log WHERE seq = ${last}`], last + 1],
        'a cut end': [[`DELETE FROM audit_log WHERE seq > ${last - 3}`], last - 2],
        'a cut end with its head': [[`DELETE FROM audit_log WHERE seq > ${last - 3}`, `UPDATE audit_head SET seq = ${last - 3}, hash = (SELECT hash FROM audit_log WHERE seq = ${last - 3})`], [last - 2, last + 1]], // the verifying itself wrote on where it was cut
        'an emptied log': [['DELETE FROM audit_log'], 1],
        'an emptied log with its head': [['DELETE FROM audit_log', 'UPDATE audit_head SET seq = 0'], 1],
      };
      const wrong = [];
      for (const [name, [changes, bad]] of Object.entries(attacks)) {
        const copy = server.copy();
        try {
          copy.sql([...unlock, ...changes].join(';'));
          const done = copy.commandRaw('audit', 'verify');
          let verdict = {};
          try {
            verdict = JSON.parse(done.stdout);
          } catch { /* said below */ }
          const good = bad === null ? done.status === 0 && verdict.ok === true : done.status === 1 && verdict.ok === false && ([bad].flat().at(0) <= verdict.first_bad_seq && verdict.first_bad_seq <= [bad].flat().at(-1));
          if (!good) wrong.push(`${name}: exit ${done.status}, ${(done.stdout + done.stderr).trim().slice(-400)}`);
        } finally {
          copy.remove();
        }
      }
      assert.deepEqual(wrong, []);
    });
  });
}
