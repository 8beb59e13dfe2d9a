// What a patient withdraws is closed to their doctors too: visits and notes stay in the lists, and no text of them is to be had.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { schemaProblems } from './lib/schema.mjs';
import { engines, isProblem, sleep, startServer } from './lib/server.mjs';

const TITLE = 'Fever since tuesday';

for (const engine of engines) {
  describe(`withdrawal on ${engine}`, () => {
    let server, api, doctor, colleague, patient, visit, signed, draft;
    const get = (who, path) => server.get(`/api/v1/${path}`, who.token);
    const match = (version) => (version ? { headers: { 'If-Match': `"v${version}"` } } : {});
    const act = (who, note, verb, json, version) => server.post(`/api/v1/notes/${note.id}/${verb}`, json, who.token, match(version));
    const edit = (note, version, text) => server.put(`/api/v1/notes/${note.id}`, { text }, doctor.token, match(version));
    const grant = (json = {}, type = 'data_processing', who = patient) => server.post(`/api/v1/consents/${type}`, json, who.token);
    const withdraw = (type = 'data_processing', who = patient) => server.post(`/api/v1/consents/${type}/withdraw`, undefined, who.token);
    const fits = (shape, value) => assert.deepEqual(schemaProblems(value, { $ref: `#/components/schemas/${shape}` }, api), []);
    const isMissing = (answer, ...types) => {
      isProblem(answer, 403, 'consent_required');
      assert.deepEqual(answer.body.consent_required, types);
    };
    const listed = async (who, path, id) => (await get(who, path)).body.results.find((each) => each.id === id);

    async function note(template) {
      let made = (await server.post('/api/v1/notes/generate', { consultation_id: visit, template }, doctor.token)).body;
      for (let tries = 0; made.status === 'generating' && tries < 2000; tries++) {
        await sleep(100);
        made = (await get(doctor, `notes/${made.id}`)).body;
      }
      assert.equal(made.status, 'draft', JSON.stringify(made));
      return made;
    }
    async function confirmAll(one, version) {
      for (const finding of (await get(doctor, `notes/${one.id}`)).body.findings.filter((each) => each.resolution === null))
        assert.equal((await act(doctor, one, 'confirm', { finding: finding.number }, version)).status, 200);
    }
    /** Withdraws, and asks before that is on disk: both wait in the lane, the withdrawal first. */
    async function overtaken(ask) {
      const release = await server.hold();
      const withdrawn = withdraw();
      await sleep(1000); /* nothing tells from outside that it waits in the lane */
      const asked = ask();
      await sleep(300);
      await release();
      assert.equal((await withdrawn).status, 204);
      return asked;
    }

    before(async () => {
      server = await startServer(engine, { workers: 1 });
      [doctor, colleague, patient] = [await server.doctor('doc1'), await server.doctor('doc2'), await server.patient('pat1')];
      api = (await server.get('/api/v1/openapi.json')).body;
      const begun = await server.post('/api/v1/consultations', { consent_given: true, patient: 'pat1', title: TITLE }, doctor.token);
      assert.equal(begun.status, 201, begun.text);
      visit = begun.body.id;
      assert.equal((await server.uploadFile(`/api/v1/consultations/${visit}/recording`, doctor.token, media.visitWav(), 'audio/wav')).status, 201);
      assert.equal((await server.events(visit, doctor.token, () => {}, 'consultations')).events.at(-1).status, 'ready');
      [signed, draft] = [await note('soap'), await note('progress')];
      await confirmAll(signed, 2);
      assert.equal((await act(doctor, signed, 'sign', undefined, 2)).status, 200);
      for (const user of ['doc2', 'pat1']) assert.equal((await act(doctor, signed, 'share', { user })).status, 201);
    });
    after(() => server.stop());

    test('SEC-073: without the consent to process, no text of a visit or a note is to be had, signed or not; what there is stays in the lists', async () => {
      assert.equal((await withdraw()).status, 204);
      for (const one of [signed, draft]) isMissing(await get(doctor, `notes/${one.id}`), 'data_processing');
      isMissing(await get(colleague, `notes/${signed.id}`), 'data_processing');
      isMissing(await get(doctor, `notes/${draft.id}/versions?version=2`), 'data_processing');
      isMissing(await get(doctor, `consultations/${visit}/media`), 'data_processing');
      const one = await get(doctor, `consultations/${visit}`);
      assert.equal(one.status, 200, one.text);
      fits('consultation', one.body);
      assert.deepEqual([one.body.consent_missing, one.body.title, one.body.evidence, one.body.status, one.body.patient_name], [true, null, null, 'ready', 'pat1']);
      const row = await listed(doctor, 'consultations', visit);
      fits('consultation_item', row);
      assert.deepEqual([row.consent_missing, row.title, row.patient_name], [true, null, 'pat1']);
      for (const who of [doctor, colleague]) {
        const item = await listed(who, `notes?scope=${who === doctor ? 'mine' : 'shared'}`, signed.id);
        fits('note_item', item);
        assert.deepEqual([item.consent_missing, item.status, item.patient_name], [true, 'signed', 'pat1']);
      }
      assert.equal((await get(patient, `notes/${signed.id}`)).status, 200, 'the patient keeps reading their own');
    });

    test('SEC-073: nor is a note edited, confirmed, signed, added to or shared; sharing is ended, and a draft deleted, as before', async () => {
      for (const answer of [await edit(draft, 2, 'x'), await act(doctor, draft, 'confirm', { finding: 1 }, 2), await act(doctor, draft, 'sign', undefined, 2),
        await act(doctor, signed, 'addenda', { text: 'x' }), await act(doctor, signed, 'share', { user: 'doc2' })]) isMissing(answer, 'data_processing');
      assert.equal((await act(doctor, signed, 'unshare', { user_id: colleague.id })).status, 204);
      isProblem(await get(colleague, `notes/${signed.id}`), 404, 'not_found');
      assert.equal((await grant()).status, 201);
      const spare = await note('referral');
      assert.equal((await withdraw()).status, 204);
      assert.equal((await server.call('DELETE', `/api/v1/notes/${spare.id}`, { token: doctor.token })).status, 204);
      assert.equal((await grant()).status, 201);
      const back = (await get(doctor, `notes/${signed.id}`)).body;
      assert.deepEqual([back.status, back.text, back.consent_missing, back.addenda], ['signed', signed.text, false, []]);
      assert.equal((await get(doctor, `consultations/${visit}`)).body.title, TITLE);
    });

    test('SEC-073: a consent that has run out closes as one that was withdrawn', async () => {
      assert.equal((await grant({ expires_at: new Date(Date.now() + 6000).toISOString() })).status, 201);
      assert.equal((await get(doctor, `notes/${signed.id}`)).status, 200);
      await sleep(6200);
      isMissing(await get(doctor, `notes/${signed.id}`), 'data_processing');
      assert.equal((await get(doctor, `consultations/${visit}`)).body.evidence, null);
      assert.equal((await grant()).status, 201);
    });

    test('TM-17, SEC-150: a withdrawal that was first is heeded by every act that was already under way', async () => {
      const before = (await get(doctor, `notes/${draft.id}`)).body;
      const acts = {
        edit: () => edit(draft, 2, before.text.replace(/\n/, '\nStart amoxicillin 875 mg.\n')),
        sign: () => act(doctor, draft, 'sign', undefined, 2),
        addendum: () => act(doctor, signed, 'addenda', { text: 'x' }),
        share: () => act(doctor, signed, 'share', { user: 'doc2' }),
      };
      await confirmAll(draft, 2);
      await act(doctor, signed, 'unshare', { user_id: colleague.id });
      for (const [name, ask] of Object.entries(acts)) {
        const answer = await overtaken(ask);
        assert.deepEqual([answer.status, answer.body.code], [403, 'consent_required'], `${name}: ${answer.text}`);
        assert.equal((await grant()).status, 201);
      }
      const [now, kept] = [(await get(doctor, `notes/${draft.id}`)).body, (await get(doctor, `notes/${signed.id}`)).body];
      assert.deepEqual([now.version, now.status, kept.addenda, kept.shares.map((each) => each.username)], [2, 'draft', [], ['pat1']]);
    });

    test('TM-17: also by the confirmation of what the guard found, of a note and of a submission', async () => {
      const edited = await edit(draft, 2, `${draft.text}\nStart amoxicillin 875 mg for the left knee.\n`);
      const open = edited.body.findings.find((each) => each.kind === 'medicine');
      const answer = await overtaken(() => act(doctor, draft, 'confirm', { finding: open.number }, 3));
      assert.deepEqual([answer.status, answer.body.code], [403, 'consent_required'], answer.text);
      assert.equal((await grant()).status, 201);
      assert.equal((await get(doctor, `notes/${draft.id}`)).body.findings.find((each) => each.number === open.number).resolution, null);

      const sent = await server.uploadFile('/submit_prescription', patient.token, media.writtenPng(), 'image/png');
      assert.equal((await server.settled(sent.body.id, patient.token)).status, 'draft');
      await get(doctor, `submissions/${sent.body.id}`);
      const { body } = await server.put(`/api/v1/submissions/${sent.body.id}/draft`, { text: 'Take warfarin 900 mg.' }, doctor.token, match(2));
      const second = await overtaken(() => server.confirm(doctor, sent.body.id, 3, body.findings[0].number));
      assert.deepEqual([second.status, second.body.code], [403, 'consent_required'], second.text);
      assert.equal((await grant()).status, 201);
    });

    test('SEC-073: an original that is being sent when the consent is withdrawn is not sent to its end', async () => {
      const bytes = 40 << 20;
      const head = Buffer.alloc(44);
      head.write('RIFF', 0); head.writeUInt32LE(36 + bytes, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16); head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22);
      head.writeUInt32LE(16000, 24); head.writeUInt32LE(32000, 28); head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write('data', 36); head.writeUInt32LE(bytes, 40);
      const sent = await server.upload('/submit_audio', patient.token, Buffer.concat([head, Buffer.alloc(bytes)]), { name: 'long.wav', type: 'audio/wav' });
      assert.equal(sent.status, 201, sent.text);
      /** Reads a little, waits for `meanwhile`, and reads the rest: how many bytes came. */
      const read = (who, meanwhile) => new Promise((done, failed) => {
        const question = request({ host: '127.0.0.1', port: server.port, agent: server.agent, path: `/api/v1/submissions/${sent.body.id}/media`,
          headers: { Host: server.host, Authorization: `Bearer ${who.token}` } }, (answer) => {
          let count = 0;
          answer.on('data', (part) => { count += part.length; });
          answer.once('data', () => {
            answer.pause();
            meanwhile().then(() => answer.resume(), failed);
          });
          answer.on('error', () => {});
          answer.on('close', () => done(count));
        });
        question.on('error', failed);
        question.end();
      });
      const soon = () => withdraw().then(() => sleep(1500));
      assert.ok(await read(doctor, soon) < bytes, 'the doctor does not get all of it');
      assert.equal(await read(patient, () => sleep(1500)), bytes + 44, 'the patient does');
      assert.equal((await grant()).status, 201);
      assert.equal(await read(doctor, () => sleep(1500)), bytes + 44);
    });

    test('P2: a doctor\'s word about the recording is for that visit: it ends, and takes the place of nothing that stands', async () => {
      const begin = (who, consent_given) => server.post('/api/v1/consultations', { consent_given, patient: 'pat1' }, who.token);
      const recording = async () => (await get(patient, 'consents')).body.consents.find((each) => each.type === 'recording');
      const soon = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z');
      assert.equal((await grant({ expires_at: soon }, 'recording')).status, 201);
      const length = (await recording()).history.length;
      assert.equal((await begin(doctor, true)).status, 201);
      const standing = await recording();
      assert.deepEqual([standing.history.length, standing.history[0].source], [length, 'self'], 'what stands needs no second word');
      assert.equal((await withdraw('recording')).status, 204);
      assert.equal((await begin(doctor, true)).status, 201);
      const attested = await recording();
      assert.equal(attested.history[0].source, 'doctor');
      assert.ok(Date.parse(attested.expires_at) <= Date.now() + 86_400_000, `it ends with the day: ${attested.expires_at}`);
      assert.equal((await withdraw('recording')).status, 204);
      isMissing(await begin(colleague, false), 'recording');
    });

    test('P2, SEC-150: nothing of a visit is kept of somebody who does not allow keeping', async () => {
      assert.equal((await grant({}, 'recording')).status, 201);
      assert.equal((await withdraw('data_storage')).status, 204);
      const count = Number(server.sql('SELECT COUNT(*) FROM consultations')[0][0]);
      isMissing(await server.post('/api/v1/consultations', { consent_given: true, patient: 'pat1', title: TITLE }, doctor.token), 'data_storage');
      assert.equal(Number(server.sql('SELECT COUNT(*) FROM consultations')[0][0]), count);
    });
  });
}
