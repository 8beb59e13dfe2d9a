// Consents: nothing is recorded, kept or processed without them, decided at the moment of use; withdrawing stops what is under way.
import assert from 'node:assert/strict';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { programOf, until } from './lib/processes.mjs';
import { schemaProblems } from './lib/schema.mjs';
import { engines, HANGS_MS, isProblem, PASSWORD, promised, sleep, startServer } from './lib/server.mjs';

const TYPES = ['recording', 'data_processing', 'data_storage', 'external_processing'];
const soon = (ms) => new Date(Date.now() + ms).toISOString();
const DAY = 86_400_000;

for (const engine of engines) {
  describe(`consents on ${engine}`, () => {
    let server, api, doctor, people = 0;
    before(async () => {
      server = await startServer(engine);
      api = (await server.get('/api/v1/openapi.json')).body;
      doctor = await server.doctor('dr.consent');
    });
    after(() => server.stop());

    /** A patient who granted exactly these when registering; undefined: says nothing about it, as old clients do. */
    async function person(consents, on = server) {
      const username = `person${++people}`;
      const email = `${username}@home.example`;
      const made = await on.post('/register', { username, email, password: PASSWORD, user_type: 'patient', consents });
      assert.equal(made.status, 201, made.text);
      return on.logIn({ ...made.body, email, password: PASSWORD });
    }
    const grant = (who, type, json) => server.post(`/api/v1/consents/${type}`, json, who.token);
    const withdraw = (who, type) => server.post(`/api/v1/consents/${type}/withdraw`, undefined, who.token);
    async function consents(who, on = server) {
      const answer = await on.get('/api/v1/consents', who.token);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(schemaProblems(answer.body, { $ref: '#/components/schemas/consents' }, api), []);
      assert.deepEqual(answer.body.consents.map((one) => one.type), TYPES);
      return answer.body.consents;
    }
    const granted = async (who, on) => (await consents(who, on)).filter((one) => one.granted).map((one) => one.type);
    const sendAudio = (who) => server.uploadFile('/submit_audio', who.token, media.spokenWav(), 'audio/wav');
    const sendPage = (who) => server.uploadFile('/submit_prescription', who.token, media.writtenPng(), 'image/png');
    const files = () => readdirSync(join(server.folder, 'files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    function isRefused(answer, ...missing) {
      isProblem(answer, 403, 'consent_required');
      assert.deepEqual(answer.body.consent_required, missing);
    }

    test('P2: registering without a word about it grants the three of the old contract, never external processing; a list is taken exactly', async () => {
      const old = await person();
      assert.deepEqual(await granted(old), ['recording', 'data_processing', 'data_storage']);
      const [recording] = await consents(old);
      assert.deepEqual(recording.history.map((one) => [one.granted, one.source, one.policy_version, one.by_oneself]), [[true, 'registration', 1, true]]);
      assert.deepEqual(await granted(await person([])), []);
      assert.deepEqual(await granted(await person(['data_storage', 'external_processing'])), ['data_storage', 'external_processing']);
      const good = { username: 'wrong1', email: 'wrong1@home.example', password: PASSWORD, user_type: 'patient' };
      for (const [list, code] of [[['everything'], 'bad_value'], [['recording', 'recording'], 'duplicate_key'], ['recording', 'wrong_type'], [[7], 'wrong_type'],
        [[['recording']], 'wrong_type'], [{ recording: true }, 'wrong_type'], [null, 'wrong_type']]) {
        isProblem(await server.post('/register', { ...good, consents: list }), 422, code, 'consents');
      }
    });

    test('SEC-149 (as built): each type is granted alone, granted_at of the client is refused, every event stays in the history', async () => {
      const who = await person([]);
      for (const [i, type] of TYPES.entries()) {
        const answer = await grant(who, type);
        assert.equal(answer.status, 201, answer.text);
        assert.deepEqual(schemaProblems(answer.body, { $ref: '#/components/schemas/consent' }, api), []);
        assert.deepEqual([answer.body.type, answer.body.state, answer.body.expires_at], [type, 'granted', null]);
        assert.deepEqual(await granted(who), TYPES.slice(0, i + 1), 'the others are as they were');
      }
      isProblem(await grant(who, 'recording', { granted_at: '2020-01-01T00:00:00Z' }), 422, 'unknown_field', 'granted_at');
      assert.equal((await withdraw(who, 'recording')).status, 204);
      assert.equal((await withdraw(who, 'recording')).status, 204, 'saying it twice is no error');
      assert.equal((await grant(who, 'recording', { expires_at: soon(DAY) })).status, 201);
      const [recording] = await consents(who);
      assert.deepEqual(recording.history.map((one) => one.granted), [true, false, true], 'newest first, and nothing of it is lost');
      assert.ok(recording.history.every((one) => one.source === 'self' && one.by_oneself));
      assert.throws(() => server.sql('UPDATE consents SET granted = 1'), /append-only/);
      assert.throws(() => server.sql('DELETE FROM consents'), /append-only/);
      const other = await person([]);
      assert.deepEqual(await granted(other), [], 'nobody grants for somebody else');
    });

    test('SEC-150: without recording a recording is refused and nothing of it reaches the disk; a picture needs data_storage only', async () => {
      const who = await person(['data_processing', 'data_storage']);
      const before = files();
      const seen = [];
      const watcher = watch(join(server.folder, 'files'), { recursive: true }, (event, name) => seen.push(name));
      await sleep(100);
      isRefused(await sendAudio(who), 'recording');
      assert.equal((await server.get('/get_result', who.token)).body.results.length, 0);
      await sleep(200);
      assert.deepEqual([files(), seen], [before, []], 'no file was made, not even for a moment');
      assert.equal((await sendPage(who)).status, 201);
      await sleep(200);
      watcher.close();
      assert.ok(seen.length > 0, 'the watch sees what is made');
      assert.equal((await grant(who, 'recording')).status, 201);
      assert.equal((await sendAudio(who)).status, 201);
    });

    test('SEC-150: without data_storage both uploads are refused, and all that is missing is named', async () => {
      const who = await person(['recording', 'data_processing']);
      const before = files();
      isRefused(await sendAudio(who), 'data_storage');
      isRefused(await sendPage(who), 'data_storage');
      isRefused(await sendAudio(await person([])), 'recording', 'data_storage');
      assert.equal(files(), before);
      assert.equal(server.sql(`SELECT COUNT(*) FROM audit_log WHERE action = 23`)[0][0] >= '3', true, 'refusals are in the audit');
    });

    test('SEC-152: a consent ends by the server\'s clock; bad ends are refused; what ended is not renewed by itself', async () => {
      const who = await person(['data_processing', 'data_storage']);
      for (const end of [soon(-1000), '2020-01-01T00:00:00Z', soon(5 * 366 * DAY + DAY)]) isProblem(await grant(who, 'recording', { expires_at: end }), 422, 'bad_expiry');
      for (const end of ['tomorrow', '2027-01-01', '2027-13-01T00:00:00Z', '2027-01-01T00:00:00+05:30', '']) {
        isProblem(await grant(who, 'recording', { expires_at: end }), 422, 'bad_value', 'expires_at');
      }
      isProblem(await grant(who, 'recording', { expires_at: 1 }), 422, 'wrong_type', 'expires_at');
      let sent;
      for (let ms = 2500; sent?.status !== 201 && ms < HANGS_MS; ms *= 3) { // a busy machine needs a later end
        const end = soon(ms);
        assert.equal((await grant(who, 'recording', { expires_at: end })).status, 201);
        sent = await sendAudio(who);
        await sleep(Math.max(0, Date.parse(end) - Date.now() + 100));
      }
      assert.equal(sent.status, 201, 'before its end');
      isRefused(await sendAudio(who), 'recording');
      const [recording] = await consents(who);
      assert.deepEqual([recording.state, recording.granted, recording.notice, recording.expires_in_days], ['expired', false, 'expired', null]);
      assert.equal((await server.get('/get_result', who.token)).body.results.length, 1, 'expiry deletes nothing');
      for (const [days, notice] of [[31, null], [30, '30_days'], [8, '30_days'], [7, '7_days'], [2, '7_days'], [1, '1_day']]) {
        const answer = await grant(who, 'recording', { expires_at: soon(days * DAY - 60_000) });
        assert.deepEqual([answer.body.notice, answer.body.expires_in_days], [notice, days]);
      }
    });

    test('P2: a consent that ends while the bytes are still coming refuses the upload, and its file is gone', async () => {
      const who = await person(['recording', 'data_processing']);
      assert.equal((await grant(who, 'data_storage', { expires_at: soon(1500) })).status, 201);
      const before = files();
      const answer = await slowly(who, media.spokenWav(), 2500);
      isRefused(answer, 'data_storage');
      assert.equal(files(), before);
    });

    async function slowly(who, path, ms) {
      const { request } = await import('node:https');
      const boundary = 'slowly';
      const head = Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`);
      const body = Buffer.concat([head, media.readMedia(path), Buffer.from(`\r\n--${boundary}--\r\n`)]);
      return new Promise((done, failed) => {
        const question = request({ host: '127.0.0.1', port: server.port, agent: server.agent, method: 'POST', path: '/submit_audio',
          headers: { Host: server.host, Authorization: `Bearer ${who.token}`, 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': body.length } }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part) => { text += part; });
          answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text, body: JSON.parse(text) }));
        });
        question.on('error', failed);
        question.write(body.subarray(0, body.length / 2));
        setTimeout(() => question.end(body.subarray(body.length / 2)), ms);
      });
    }

    /* --- work that waits, stops and goes on */

    const one = async (id, who) => (await server.get(`/api/v1/submissions/${id}`, who.token)).body;
    const inQueue = async (id) => (await server.get('/api/v1/submissions?scope=clinic', doctor.token)).body.results.find((item) => item.id === id);
    const status = async (id) => Number((await server.sql(`SELECT status FROM submissions WHERE id = ${idOf(id)}`))[0][0]);
    const idOf = (id) => (engine === 'sqlite' ? `x'${id.replaceAll('-', '')}'` : `'${id}'`);
    const count = (text) => Number(server.sql(`SELECT COUNT(*) FROM ${text}`)[0][0]);
    const audited = async (action, id) => {
      const admin = await server.admin();
      return (await server.get(`/api/v1/admin/audit?action=${action}`, admin.token)).body.results.filter((row) => row.resource_id === id).length;
    };

    test('SEC-150: without data_processing it is kept and not recognised, both sides are told why, and it begins by itself once granted', async () => {
      const who = await person(['recording', 'data_storage']);
      const sent = await sendPage(who);
      assert.equal(sent.status, 201, sent.text);
      await until(async () => (await one(sent.body.id, who)).reason === 'waiting_for_consent', 'its job waits');
      await sleep(1500); // and goes on waiting
      const item = await one(sent.body.id, who);
      assert.deepEqual([item.status, item.reason], ['queued', 'waiting_for_consent']);
      const own = (await server.get('/api/v1/submissions', who.token)).body.results[0];
      assert.deepEqual([own.status, own.reason, own.stage], ['queued', 'waiting_for_consent', 'waiting for consent']);
      const queued = await inQueue(sent.body.id);
      assert.deepEqual([queued.status, queued.reason, queued.consent_missing], ['queued', 'waiting_for_consent', true]);
      assert.equal(count(`evidence WHERE submission_id = ${idOf(sent.body.id)}`), 0);
      const admin = await server.admin();
      const job = (await server.get('/api/v1/admin/jobs', admin.token)).body.results.find((row) => row.submission_id === sent.body.id);
      assert.deepEqual([job.state, job.attempts], ['waiting', 0]);
      assert.equal((await grant(who, 'data_processing')).status, 201);
      const done = await server.settled(sent.body.id, doctor.token);
      assert.deepEqual([done.status, done.reason], ['draft', null]);
      assert.equal((await inQueue(sent.body.id)).consent_missing, false);
    });

    test('SEC-151, TM-17: withdrawing ends the worker under way within 5 s, its answer never becomes a result, and what was queued waits', async () => {
      const who = await person();
      const first = await sendAudio(who);
      let worker;
      await until(async () => (worker = programOf(server, 'worker')) !== undefined && (await status(first.body.id)) === 1, 'a worker has begun');
      process.kill(worker, 'SIGSTOP');
      const second = await sendPage(who);
      assert.equal(second.status, 201);
      assert.equal((await one(second.body.id, who)).reason, null, 'it waits for its turn only');
      const began = Date.now();
      assert.equal((await withdraw(who, 'data_processing')).status, 204);
      assert.deepEqual([(await one(second.body.id, who)).reason, (await inQueue(second.body.id)).stage], ['waiting_for_consent', 'waiting for consent'], 'in the same moment');
      await until(async () => programOf(server, 'worker') !== worker, 'the worker is gone');
      await until(async () => (await one(first.body.id, who)).reason === 'waiting_for_consent', 'its job waits');
      assert.ok(Date.now() - began <= promised(5000), `${Date.now() - began} ms`);
      await sleep(2500);
      for (const sent of [first, second]) {
        assert.equal(await status(sent.body.id), 0);
        assert.equal(count(`evidence WHERE submission_id = ${idOf(sent.body.id)}`), 0, 'no result');
        assert.equal(count(`submission_versions WHERE submission_id = ${idOf(sent.body.id)}`), 0, 'no draft');
      }
      assert.equal(await audited('job.discarded', first.body.id), 1);
      assert.equal((await grant(who, 'data_processing')).status, 201);
      for (const sent of [first, second]) assert.equal((await server.settled(sent.body.id, doctor.token)).status, 'draft', 'it goes on where it was stopped');
      assert.equal(server.command('audit', 'verify').ok, true);
    });

    test('SEC-152: a consent that ends while a worker is at it stops the work; nothing is deleted', async () => {
      const who = await person();
      const sent = await sendAudio(who);
      let worker;
      await until(async () => (worker = programOf(server, 'worker')) !== undefined && (await status(sent.body.id)) === 1, 'a worker has begun');
      process.kill(worker, 'SIGSTOP');
      assert.equal((await grant(who, 'data_processing', { expires_at: soon(1500) })).status, 201);
      await until(async () => (await one(sent.body.id, who)).reason === 'waiting_for_consent', 'its job waits');
      assert.equal(count(`evidence WHERE submission_id = ${idOf(sent.body.id)}`), 0);
      assert.equal((await server.get(`/api/v1/submissions/${sent.body.id}/media`, who.token, { raw: true })).status, 200, 'the recording is still there');
      const later = await sendPage(who);
      assert.equal((await one(later.body.id, who)).reason, 'waiting_for_consent', 'what comes after its end waits from the beginning');
      assert.equal((await grant(who, 'data_processing')).status, 201);
      for (const one of [sent, later]) assert.equal((await server.settled(one.body.id, doctor.token)).status, 'draft');
    });

    test('TM-17: withdrawn at any moment of the work, no result is dated after the withdrawal', async () => {
      const rounds = 12;
      for (let round = 0; round < rounds; round++) {
        const who = await person();
        const sent = await sendPage(who);
        await sleep(round * 120);
        assert.equal((await withdraw(who, 'data_processing')).status, 204);
        await until(async () => [0, 2].includes(await status(sent.body.id)), 'it came to rest');
        await sleep(100);
        const [[state, late]] = server.sql(`SELECT s.status, (SELECT COUNT(*) FROM submission_history h WHERE h.submission_id = s.id AND h.status = 2 AND h.at_us > `
          + `(SELECT MAX(at_us) FROM consents WHERE subject_id = s.subject_id AND granted = 0)) FROM submissions s WHERE s.id = ${idOf(sent.body.id)}`);
        assert.equal(Number(late), 0, `round ${round}: a result after the withdrawal`);
        assert.equal(count(`evidence WHERE submission_id = ${idOf(sent.body.id)}`), Number(state) === 2 ? 1 : 0, `round ${round}`);
      }
    });

    test('SEC-151: while data_processing is withdrawn doctors see that there is something, and nothing of it; granting brings it back', async () => {
      const who = await person();
      const sent = await sendPage(who);
      const { version } = await server.settled(sent.body.id, doctor.token);
      const tag = { headers: { 'If-Match': `"v${version}"` } };
      assert.equal((await withdraw(who, 'data_processing')).status, 204);
      const listed = (await server.get('/get_all_results', doctor.token)).body.results.find((item) => item.id === sent.body.id);
      assert.deepEqual(schemaProblems(listed, { $ref: '#/components/schemas/whole_result' }, api), []);
      assert.deepEqual([listed.status, listed.consent_missing, listed.extracted_text, listed.patient_instructions], ['draft', true, null, null]);
      assert.equal((await inQueue(sent.body.id)).consent_missing, true);
      const path = `/api/v1/submissions/${sent.body.id}`;
      for (const answer of [await server.get(path, doctor.token), await server.get(path, doctor.token, { headers: { 'If-None-Match': `"v${version}"` } }),
        await server.get(`${path}/media`, doctor.token), await server.get(`${path}/events`, doctor.token), await server.put(`/approve/${sent.body.id}`, undefined, doctor.token),
        await server.put(`${path}/draft`, { text: 'x' }, doctor.token, tag), await server.post(`${path}/return`, { question: 'x' }, doctor.token, tag)]) isRefused(answer, 'data_processing');
      assert.equal((await server.get(path, who.token)).status, 200, 'one\'s own stays one\'s own');
      assert.equal((await grant(who, 'data_processing')).status, 201);
      assert.equal((await server.put(`/approve/${sent.body.id}`, undefined, doctor.token)).status, 200);
    });

    test('consents are one\'s own: unknown types are not found, nobody without a session, other methods not offered', async () => {
      const who = await person([]);
      for (const type of ['everything', 'Recording', 'recording%20', '0', '..']) assert.equal((await grant(who, type)).status, 404, type);
      isProblem(await withdraw(who, 'everything'), 404, 'not_found');
      for (const [method, path] of [['GET', 'consents'], ['POST', 'consents/recording'], ['POST', 'consents/recording/withdraw']]) {
        isProblem(await server.call(method, `/api/v1/${path}`), 401, 'token_invalid');
      }
      isProblem(await server.call('DELETE', '/api/v1/consents/recording', { token: who.token }), 405, 'method_not_allowed');
      assert.deepEqual(await granted(who), []);
    });

    test('A1: granting and withdrawing are in the audit, with the type and without any text', async () => {
      const who = await person([]);
      await grant(who, 'external_processing');
      await withdraw(who, 'external_processing');
      const admin = await server.admin();
      const rows = (await server.get(`/api/v1/admin/audit?user_id=${who.id}`, admin.token)).body.results.filter((row) => row.action.startsWith('consent.'));
      assert.deepEqual(rows.map((row) => [row.action, row.success, row.resource_id, row.details]), [
        ['consent.withdraw', true, who.id, { kind: 'external_processing' }], ['consent.grant', true, who.id, { kind: 'external_processing' }]]);
    });

    test('P2: with profile=strict registering grants nothing that was not said', async () => {
      const strict = await startServer(engine, { profile: 'strict' });
      try {
        assert.deepEqual(await granted(await person(undefined, strict), strict), []);
        assert.deepEqual(await granted(await person(['recording'], strict), strict), ['recording']);
      } finally {
        await strict.stop();
      }
    });
  });
}
