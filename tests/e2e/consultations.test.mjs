// Consultations: a doctor's visit with a patient or a named person, recorded with consent, heard, and seen by nobody else.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { programOf, until } from './lib/processes.mjs';
import { schemaProblems } from './lib/schema.mjs';
import { engines, HANGS_MS, isProblem, sleep, startServer } from './lib/server.mjs';

const NAME = 'Asha Verma';
const TITLE = 'Headache since Monday';

for (const engine of engines) {
  describe(`consultations on ${engine}`, () => {
    let server, doctor, second, patient, people, api;
    const begin = (who, more) => server.post('/api/v1/consultations', { consent_given: true, ...more }, who.token);
    const one = (who, id) => server.get(`/api/v1/consultations/${id}`, who.token);
    const record = (who, id, file = media.spokenWav(), type = 'audio/wav') => server.uploadFile(`/api/v1/consultations/${id}/recording`, who.token, file, type);
    const where = (id) => `WHERE id = ${server.database ? `'${id}'` : `X'${id.replaceAll('-', '')}'`}`;
    const fits = (shape, value) => assert.deepEqual(schemaProblems(value, { $ref: `#/components/schemas/${shape}` }, api), []);
    const required = (answer, types) => {
      assert.deepEqual([answer.status, answer.body.code, answer.body.consent_required], [403, 'consent_required', types], answer.text);
    };
    /** Recorded and settled; the whole consultation. */
    const heard = async (id, who = doctor) => {
      for (const end = Date.now() + HANGS_MS; Date.now() < end;) {
        const answer = await one(who, id);
        assert.equal(answer.status, 200, answer.text);
        if (['ready', 'failed'].includes(answer.body.status)) return answer.body;
        await sleep(200);
      }
      throw new Error(`consultation ${id} is still under way`);
    };
    const visit = async (more = { patient_name: NAME }) => {
      const { id } = (await begin(doctor, more)).body;
      assert.equal((await record(doctor, id)).status, 201);
      return heard(id);
    };

    before(async () => {
      server = await startServer(engine, { workers: 1 });
      doctor = await server.doctor('doc1');
      second = await server.doctor('doc2');
      patient = await server.patient('pat1');
      people = { patient, pending: await server.pendingDoctor('docp'), admin: await server.admin('adm1'), auditor: await server.hostUser('auditor', 'aud1'), readonly: await server.hostUser('readonly', 'ro1') };
      api = (await server.get('/api/v1/openapi.json')).body;
    });
    after(() => server.stop());

    test('I9, I10: nobody but a confirmed doctor begins, lists or opens a consultation', async () => {
      const { id } = (await begin(doctor, { patient_name: NAME })).body;
      for (const [role, who] of Object.entries(people)) {
        const code = role === 'pending' ? 'role_pending' : 'forbidden';
        isProblem(await begin(who, { patient_name: NAME }), 403, code);
        isProblem(await server.get('/api/v1/consultations', who.token), 403, code);
        for (const path of ['', '/media', '/events']) isProblem(await server.get(`/api/v1/consultations/${id}${path}`, who.token), 403, code);
        isProblem(await server.post(`/api/v1/consultations/${id}/transcribe`, undefined, who.token), 403, code);
        const answer = await record(who, id, media.tinyWav());
        isProblem(answer, 403, code);
      }
      isProblem(await server.get('/api/v1/consultations'), 401, 'token_invalid');
    });

    test('what is asked for must be clear: one person, known here, and whether they agreed', async () => {
      isProblem(await begin(doctor, {}), 422, 'missing_field', 'patient');
      isProblem(await begin(doctor, { patient: 'pat1', patient_name: NAME }), 422, 'bad_value', 'patient');
      isProblem(await server.post('/api/v1/consultations', { patient_name: NAME }, doctor.token), 422, 'missing_field', 'consent_given');
      for (const bad of ['true', 1, null]) isProblem(await begin(doctor, { patient_name: NAME, consent_given: bad }), 422, 'wrong_type', 'consent_given');
      isProblem(await begin(doctor, { patient_name: 'x'.repeat(201) }), 422, 'too_long', 'patient_name');
      isProblem(await begin(doctor, { patient_name: 'A\u202eB' }), 422, 'bad_value', 'patient_name');
      isProblem(await begin(doctor, { patient: 'nobody' }), 404, 'person_not_found');
      isProblem(await begin(doctor, { patient: 'doc2' }), 404, 'person_not_found');
      isProblem(await begin(doctor, { patient: 'adm1' }), 404, 'person_not_found');
      isProblem(await one(doctor, '5f1c5df9-5b7c-4bd1-9c5e-0c62c8b1a001'), 404, 'not_found');
      isProblem(await one(doctor, 'nonsense'), 404, 'not_found');
    });

    test('SEC-150: no consultation without consent to the recording: the person\'s own, or attested by the doctor', async () => {
      const before = server.sql('SELECT COUNT(*) FROM consultations')[0][0];
      required(await begin(doctor, { patient_name: NAME, consent_given: false }), ['recording', 'data_storage']);
      const other = await server.patient();
      assert.equal((await begin(doctor, { patient: other.username, consent_given: false })).status, 201, 'they agreed themselves when they registered');
      assert.equal((await server.post('/api/v1/consents/recording/withdraw', undefined, other.token)).status, 204);
      required(await begin(doctor, { patient: other.username, consent_given: false }), ['recording']);
      const attested = await begin(doctor, { patient: other.username });
      assert.equal(attested.status, 201, attested.text);
      assert.equal(Number(server.sql('SELECT COUNT(*) FROM consultations')[0][0]), Number(before) + 2);
      const mine = (await server.get('/api/v1/consents', other.token)).body.consents.find((each) => each.type === 'recording');
      assert.deepEqual([mine.state, mine.history[0].source, mine.history[0].by_oneself], ['granted', 'doctor', false]);
      assert.equal((await server.post('/api/v1/consents/recording/withdraw', undefined, other.token)).status, 204);
      const files = readdirSync(join(server.folder, 'files')).length;
      required(await record(doctor, attested.body.id), ['recording']);
      assert.equal(readdirSync(join(server.folder, 'files')).length, files, 'nothing of it was kept');
    });

    test('M4, M9: a visit is recorded, heard with progress, and read back with its words; the name is nowhere readable', async () => {
      const begun = await begin(doctor, { patient: patient.email, title: TITLE });
      assert.equal(begun.status, 201, begun.text);
      const { id } = begun.body;
      assert.equal(begun.headers.location, `/api/v1/consultations/${id}`);
      fits('consultation', begun.body);
      assert.deepEqual([begun.body.status, begun.body.patient_name, begun.body.patient_user_id, begun.body.title], ['open', 'pat1', patient.id, TITLE]);
      isProblem(await server.get(`/api/v1/consultations/${id}/media`, doctor.token), 404, 'not_found');
      isProblem(await server.post(`/api/v1/consultations/${id}/transcribe`, undefined, doctor.token), 409, 'wrong_state');
      const sent = await record(doctor, id);
      assert.equal(sent.status, 201, sent.text);
      fits('consultation_state', sent.body);
      const stream = await server.events(id, doctor.token, () => {}, 'consultations');
      assert.equal(stream.events.at(-1).status, 'ready', JSON.stringify(stream.events));
      const whole = (await one(doctor, id)).body;
      fits('consultation', whole);
      assert.ok(whole.evidence.words.length > 5 && whole.evidence.draft === undefined && whole.evidence.text.length > 20, JSON.stringify(whole.evidence).slice(0, 300));
      assert.ok(whole.evidence.words.every((word) => word.end_ms >= word.start_ms && word.confidence >= 0));
      assert.equal(whole.duration_ms, whole.evidence.media.duration_ms);
      assert.deepEqual([whole.status, whole.percent, whole.notes, whole.notes_count, whole.reason], ['ready', 100, [], 0, null]);
      const list = (await server.get('/api/v1/consultations?limit=1', doctor.token)).body;
      fits('consultations', list);
      assert.deepEqual([list.results[0].id, list.results[0].patient_name, list.results[0].title], [id, 'pat1', TITLE]);
      isProblem(await record(doctor, id), 409, 'wrong_state');
      server.flush();
      const stored = server.sql('SELECT name, title, recognised FROM consultations').flat().join('');
      const word = whole.evidence.text.split(/\s+/).find((each) => each.length > 5);
      for (const text of ['pat1', TITLE, word]) {
        assert.ok(!stored.includes(text) && !stored.includes(Buffer.from(text).toString('hex').toUpperCase()) && !stored.includes(Buffer.from(text).toString('hex')), text);
      }
      const rows = (await server.get('/api/v1/admin/audit?limit=100', people.admin.token)).body.results.filter((row) => row.resource_id === id || row.resource_ids?.includes(id));
      const actions = rows.map((row) => row.action);
      for (const action of ['consultation.create', 'consultation.record', 'media.process', 'consultation.recognised', 'consultation.read', 'consultation.list']) assert.ok(actions.includes(action), `${action} in ${actions}`);
      assert.ok(rows.every((row) => row.resource_type === 'consultation'));
    });

    test('I10: another doctor\'s consultation is not there: 404 for every question, nothing in lists', async () => {
      const { id } = await visit();
      for (const path of ['', '/media', '/events']) isProblem(await server.get(`/api/v1/consultations/${id}${path}`, second.token), 404, 'not_found');
      isProblem(await server.post(`/api/v1/consultations/${id}/transcribe`, undefined, second.token), 404, 'not_found');
      isProblem(await record(second, id, media.tinyWav()), 404, 'not_found');
      assert.deepEqual((await server.get('/api/v1/consultations', second.token)).body.results, []);
      const marker = (await server.get('/api/v1/consultations?limit=1', doctor.token)).body.next_cursor;
      isProblem(await server.get(`/api/v1/consultations?cursor=${marker}`, second.token), 400, 'bad_cursor');
    });

    test('SEC-128: the recording is handed out to be kept, never to be run; ranges give exactly their bytes', async () => {
      const { id } = await visit();
      const wav = readFileSync(media.spokenWav());
      const path = `/api/v1/consultations/${id}/media`;
      const get = (range) => server.call('GET', path, { token: doctor.token, raw: true, headers: range ? { Range: range } : {} });
      const whole = await get();
      assert.ok(whole.bytes.length > 1000 && Math.abs(whole.bytes.length - wav.length) < 4096);
      const expected = { 'content-type': 'audio/wav', 'content-disposition': 'attachment; filename="original.wav"', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin', 'accept-ranges': 'bytes',
        'content-length': String(whole.bytes.length), 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox" };
      for (const [name, value] of Object.entries(expected)) assert.equal(whole.headers[name], value, name);
      for (const [range, from, to] of [['bytes=0-0', 0, 1], ['bytes=-1', whole.bytes.length - 1, whole.bytes.length], ['bytes=100-199', 100, 200]]) {
        const piece = await get(range);
        assert.equal(piece.status, 206, range);
        assert.equal(piece.headers['content-range'], `bytes ${from}-${to - 1}/${whole.bytes.length}`);
        assert.ok(piece.bytes.equals(whole.bytes.subarray(from, to)), range);
      }
      for (const range of ['bytes=5-2', `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join()}`, 'items=0-1', 'bytes=x']) {
        const answer = await get(range);
        assert.ok(answer.status === 416 || (answer.status === 200 && answer.bytes.equals(whole.bytes)), `${range.slice(0, 20)}: ${answer.status}`);
      }
      isProblem(await server.get(path, doctor.token, { headers: { Range: `bytes=${whole.bytes.length}-` } }), 416, 'range_not_satisfiable');
      const looks = (await server.get('/api/v1/admin/audit?action=media.read&limit=5', people.admin.token)).body.results;
      assert.ok(looks.some((row) => row.resource_id === id && row.resource_type === 'consultation' && row.user_id === doctor.id));
    });

    test('M8: silence is no visit: failed with a reason; it can be heard once more', async () => {
      const { id } = (await begin(doctor, { patient_name: NAME })).body;
      assert.equal((await record(doctor, id, media.silenceWav())).status, 201);
      const failed = await heard(id);
      assert.deepEqual([failed.status, failed.reason, failed.evidence], ['failed', 'no_speech', null]);
      const again = await server.post(`/api/v1/consultations/${id}/transcribe`, undefined, doctor.token);
      assert.equal(again.status, 202, again.text);
      assert.ok(['queued', 'processing'].includes(again.body.status), again.text); /* a runner may have taken it before the answer was read */
      isProblem(await server.post(`/api/v1/consultations/${id}/transcribe`, undefined, doctor.token), 409, 'wrong_state');
      assert.equal((await heard(id)).reason, 'no_speech');
      const second = await record(doctor, id);
      assert.equal(second.status, 201, `the page offers to record it again: ${second.text}`);
      const whole = await heard(id);
      assert.deepEqual([whole.status, whole.reason], ['ready', null]);
      assert.ok(whole.evidence.words.length > 0);
      const original = await server.get(`/api/v1/consultations/${id}/media`, doctor.token, { raw: true });
      assert.equal(original.bytes.length, whole.media.bytes);
      assert.equal(Number(server.sql(`SELECT COUNT(*) FROM media ${where(id).replace('WHERE id', 'WHERE submission_id')}`)[0][0]), 2, 'the first one is kept');
      isProblem(await record(doctor, id), 409, 'wrong_state');
    });

    test('SEC-150: without the consent to process a recording is kept and not heard; with it, it is', async () => {
      const own = await server.patient();
      assert.equal((await server.post('/api/v1/consents/data_processing/withdraw', undefined, own.token)).status, 204);
      const { id } = (await begin(doctor, { patient: own.username })).body;
      assert.equal((await record(doctor, id)).status, 201);
      await until(async () => (await one(doctor, id)).body.reason !== null, 'it waits');
      const waiting = (await one(doctor, id)).body;
      assert.deepEqual([waiting.status, waiting.reason, waiting.evidence], ['queued', 'waiting_for_consent', null]);
      assert.deepEqual(server.sql(`SELECT state, attempts FROM jobs ${where(id).replace('WHERE id', 'WHERE submission_id')}`), [['4', '0']], 'waiting is no try');
      assert.equal((await server.post('/api/v1/consents/data_processing', {}, own.token)).status, 201);
      assert.deepEqual([(await heard(id)).status, (await one(doctor, id)).body.reason], ['ready', null]);
    });

    test('SEC-101: what was altered or moved beside the server is not shown and is on record', async () => {
      const [one1, from, evidence] = [await visit(), await visit(), await visit()];
      server.sql(`UPDATE consultations SET name = (SELECT name FROM consultations ${where(from.id)}) ${where(one1.id)}`);
      server.sql(`UPDATE evidence SET document = (SELECT document FROM evidence ${where(from.id).replace('WHERE id', 'WHERE submission_id')}) ${where(evidence.id).replace('WHERE id', 'WHERE submission_id')}`);
      for (const { id } of [one1, evidence]) isProblem(await one(doctor, id), 409, 'integrity_error');
      assert.equal((await one(doctor, from.id)).status, 200);
      const list = (await server.get('/api/v1/consultations', doctor.token)).body.results;
      const shown = list.find((item) => item.id === one1.id);
      assert.deepEqual([shown.status, shown.patient_name], ['integrity_error', null]);
      const rows = (await server.get('/api/v1/admin/audit?action=integrity.failure', people.admin.token)).body.results.map((row) => row.resource_id);
      for (const { id } of [one1, evidence]) assert.ok(rows.includes(id));
    });

    test('SEC-124: a worker killed while it hears: the consultation ends with a reason and can be heard again', async () => {
      const { id } = (await begin(doctor, { patient_name: NAME })).body;
      assert.equal((await record(doctor, id)).status, 201);
      let pid;
      await until(async () => (pid = programOf(server, 'worker')) !== undefined, 'a worker');
      process.kill(pid, 'SIGKILL');
      const failed = await heard(id);
      assert.deepEqual([failed.status, failed.evidence], ['failed', null]);
      assert.match(failed.reason, /^(engine_failed|killed_)/);
      const rows = (await server.get('/api/v1/admin/audit?action=media.parser_killed', people.admin.token)).body.results;
      assert.ok(rows.some((row) => row.resource_id === id));
      assert.equal((await server.post(`/api/v1/consultations/${id}/transcribe`, undefined, doctor.token)).status, 202);
      assert.equal((await heard(id)).status, 'ready');
    });

    test('TM-31: core killed while a recording is heard: it is heard after all', async () => {
      const { id } = (await begin(doctor, { patient_name: NAME })).body;
      assert.equal((await record(doctor, id)).status, 201);
      await until(async () => programOf(server, 'worker') !== undefined, 'a worker');
      process.kill(programOf(server, 'core'), 'SIGKILL');
      if (server.database) server.sql('UPDATE jobs SET lease_until_us = 0 WHERE state = 1'); // several instances may share it: work comes back when its lease ends
      await until(async () => (await one(doctor, id)).body.status === 'ready', 'it is heard after core came back');
    });
  });

  describe(`limits of consultations on ${engine}`, () => {
    let server;
    before(async () => { server = await startServer(engine, { limits: 'yes', workers: 0 }); });
    after(() => server.stop());

    test('S1: a hundred transcriptions an hour, told in the headers', async () => {
      const doctor = await server.doctor('doc1');
      let last;
      for (let i = 0; i < 101; i++) last = await server.post('/api/v1/consultations/5f1c5df9-5b7c-4bd1-9c5e-0c62c8b1a001/transcribe', undefined, doctor.token);
      isProblem(last, 429, 'rate_limited');
      assert.ok(Number(last.headers['retry-after']) > 3000);
      assert.ok(Object.entries(last.headers).some(([name, value]) => /^ratelimit/.test(name) && /100/.test(value)), JSON.stringify(last.headers));
      assert.equal((await server.get('/api/v1/consultations', doctor.token)).status, 200, 'other work goes on');
    });
  });
}
