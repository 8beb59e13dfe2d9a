// Notes of a consultation: drafted out of what was said, checked by the guard, signed by their author, read by those they chose.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { programOf, until } from './lib/processes.mjs';
import { schemaProblems } from './lib/schema.mjs';
import { engines, isProblem, sleep, startServer } from './lib/server.mjs';

const NOBODY = '5f1c5df9-5b7c-4bd1-9c5e-0c62c8b1a001';
const SECTIONS = {
  soap: ['subjective', 'objective', 'assessment', 'plan'],
  progress: ['interval', 'findings', 'assessment', 'plan'],
  referral: ['reason', 'history', 'findings', 'medicines', 'request'],
  after_visit: ['found', 'medicines', 'to_do', 'return'],
};

for (const engine of engines) {
  describe(`notes on ${engine}`, () => {
    let server, doctor, second, patient, other, people, api, visit, words;
    const id = (note) => note.id ?? note;
    const open = (who, note) => server.get(`/api/v1/notes/${id(note)}`, who.token);
    const match = (version) => (version ? { headers: { 'If-Match': `"v${version}"` } } : {});
    const edit = (who, note, version, text) => server.put(`/api/v1/notes/${id(note)}`, { text }, who.token, match(version));
    const act = (who, note, verb, json, version) => server.post(`/api/v1/notes/${id(note)}/${verb}`, json, who.token, match(version));
    const remove = (who, note) => server.call('DELETE', `/api/v1/notes/${id(note)}`, { token: who.token });
    const generate = (who, template, consultation = visit) => server.post('/api/v1/notes/generate', { consultation_id: consultation, template }, who.token);
    const where = (column, value) => `WHERE ${column} = ${server.database ? `'${value}'` : `X'${value.replaceAll('-', '')}'`}`;
    const fits = (shape, value) => assert.deepEqual(schemaProblems(value, { $ref: `#/components/schemas/${shape}` }, api), []);
    const rows = async (action) => (await server.get(`/api/v1/admin/audit?action=${action}&limit=100`, people.admin.token)).body.results;

    async function draft(template = 'soap', who = doctor) {
      const made = await generate(who, template);
      assert.ok([201, 202].includes(made.status), made.text);
      let note = made.body;
      if (note.status === 'generating') await until(async () => (note = (await open(who, note)).body).status !== 'generating', 'the note is ready');
      return note;
    }
    /** Deals with every open finding of the version. */
    async function confirmAll(note) {
      for (const finding of (await open(doctor, note)).body.findings.filter((each) => each.resolution === null)) {
        const answer = await act(doctor, note, 'confirm', { finding: finding.number }, note.version);
        assert.equal(answer.status, 200, answer.text);
      }
    }
    async function signed(template = 'soap') {
      const note = await draft(template);
      await confirmAll(note);
      const answer = await act(doctor, note, 'sign', undefined, note.version);
      assert.equal(answer.status, 200, answer.text);
      fits('note_state', answer.body);
      return note;
    }
    async function heard(more, file = media.visitWav()) {
      const begun = await server.post('/api/v1/consultations', { consent_given: true, ...more }, doctor.token);
      assert.equal(begun.status, 201, begun.text);
      assert.equal((await server.uploadFile(`/api/v1/consultations/${begun.body.id}/recording`, doctor.token, file, 'audio/wav')).status, 201);
      const stream = await server.events(begun.body.id, doctor.token, () => {}, 'consultations');
      assert.equal(stream.events.at(-1).status, 'ready');
      return begun.body.id;
    }

    before(async () => {
      server = await startServer(engine, { workers: 1 });
      [doctor, second] = [await server.doctor('doc1'), await server.doctor('doc2')];
      [patient, other] = [await server.patient('pat1'), await server.patient('pat2')];
      people = { patient, other, pending: await server.pendingDoctor('docp'), admin: await server.admin('adm1'), auditor: await server.hostUser('auditor', 'aud1'), readonly: await server.hostUser('readonly', 'ro1') };
      api = (await server.get('/api/v1/openapi.json')).body;
      visit = await heard({ patient: 'pat1' });
      words = (await server.get(`/api/v1/consultations/${visit}`, doctor.token)).body.evidence.words;
    });
    after(() => server.stop());

    test('M4, SEC-129: each kind of note has its sections, each line points to the words that it came from, and an empty section says so', async () => {
      for (const [template, sections] of Object.entries(SECTIONS)) {
        const made = await generate(doctor, template);
        assert.equal(made.status, 201, made.text);
        fits('note', made.body);
        const { text, evidence, status, version, findings } = made.body;
        assert.deepEqual([status, version, evidence.sections.map((each) => each.name)], ['draft', 2, sections], template);
        assert.deepEqual([made.headers.etag, made.body.author, made.body.patient_name, made.body.addenda, made.body.shares], ['"v2"', { user_id: doctor.id, username: 'doc1' }, 'pat1', [], []]);
        assert.ok(findings.every((each) => each.kind === 'not_understood'), `${template}: the guard stops nothing of our own: ${JSON.stringify(findings)}`);
        for (const line of evidence.lines) {
          assert.ok(text.split('\n').includes(line.text), line.text);
          assert.equal(line.text === 'Not discussed.', line.spans.length === 0, line.text);
          for (const [first, last] of line.spans) {
            assert.ok(first >= 0 && first <= last && last < words.length, JSON.stringify(line));
            const said = words.slice(first, last + 1).map((word) => word.text).join(' ');
            const numbers = line.text.match(/\d+/g) ?? [];
            assert.ok(numbers.every((number) => said.includes(number)), `${line.text}: ${said}`);
          }
        }
        for (const section of evidence.sections) assert.equal(section.discussed, evidence.lines.some((line) => line.section === section.name && line.spans.length > 0));
        if (template === 'after_visit') assert.match(text, /come back next week/i);
        if (template === 'soap') assert.match(text, /fever since tuesday/i);
      }
      const list = await server.get(`/api/v1/notes?consultation_id=${visit}&status=draft`, doctor.token);
      fits('notes', list.body);
      assert.deepEqual(list.body.results.map((each) => each.template), ['after_visit', 'referral', 'progress', 'soap']);
      const one = (await server.get(`/api/v1/consultations/${visit}`, doctor.token)).body;
      assert.deepEqual([one.notes_count, one.notes.length], [4, 4]);
      isProblem(await server.post(`/api/v1/consultations/${visit}/transcribe`, undefined, doctor.token), 409, 'wrong_state');
    });

    test('B\'s old path /notes/generate is there, and stays', async () => {
      const made = await server.post('/notes/generate', { consultation_id: visit, template: 'soap' }, doctor.token);
      assert.equal(made.status, 201, made.text);
      assert.equal(made.headers.deprecation, undefined);
      isProblem(await generate(doctor, 'poem'), 422, 'bad_value', 'template');
      isProblem(await generate(doctor, 'soap', NOBODY), 404, 'not_found');
      const begun = (await server.post('/api/v1/consultations', { consent_given: true, patient_name: 'A. B.' }, doctor.token)).body;
      isProblem(await generate(doctor, 'soap', begun.id), 409, 'wrong_state');
    });

    test('I9, I10: a note is its author\'s: for everybody else it is not there, whatever their role', async () => {
      const note = await draft();
      isProblem(await generate(second, 'soap'), 404, 'not_found');
      for (const [role, who] of [['second', second], ...Object.entries(people)]) {
        isProblem(await open(who, note), 404, 'not_found');
        isProblem(await server.get(`/api/v1/notes/${note.id}/events`, who.token), 404, 'not_found');
        const code = role === 'pending' ? 'role_pending' : 'forbidden';
        const asks = [edit(who, note, 2, 'mine'), act(who, note, 'confirm', { finding: 1 }, 2), act(who, note, 'sign', undefined, 2), act(who, note, 'addenda', { text: 'x' }),
          act(who, note, 'share', { user: 'doc2' }), act(who, note, 'unshare', { user_id: second.id }), remove(who, note), server.get(`/api/v1/notes/${note.id}/versions?version=2`, who.token)];
        for (const answer of await Promise.all(asks)) {
          if (role === 'second') isProblem(answer, 404, 'not_found');
          else isProblem(answer, 403, code);
        }
        if (role !== 'second') isProblem(await generate(who, 'soap'), 403, code);
      }
      for (const who of [second, ...Object.values(people)]) {
        for (const scope of ['mine', 'shared']) assert.deepEqual((await server.get(`/api/v1/notes?scope=${scope}`, who.token)).body.results, []);
      }
      assert.equal((await open(doctor, note)).body.text, note.text);
    });

    test('SEC-076: nobody signs or edits what they have not opened, or what changed since', async () => {
      const note = await draft();
      isProblem(await edit(doctor, note, 0, 'x'), 428, 'version_required');
      isProblem(await act(doctor, note, 'sign', undefined, 0), 428, 'version_required');
      server.sql(`DELETE FROM openings ${where('submission_id', note.id)}`);
      isProblem(await act(doctor, note, 'sign', undefined, 2), 428, 'review_first');
      isProblem(await edit(doctor, note, 2, 'x'), 428, 'review_first');
      await open(doctor, note);
      isProblem(await act(doctor, note, 'sign', undefined, 3), 412, 'version_changed');
      const [one, two] = await Promise.all([edit(doctor, note, 2, 'The patient has had a fever since tuesday evening.'), edit(doctor, note, 2, 'The lungs are clear.')]);
      assert.deepEqual([one.status, two.status].sort(), [200, 412], `${one.text} ${two.text}`);
      const won = one.status === 200 ? one : two;
      fits('note_edited', won.body);
      assert.equal(won.body.version, 3);
      isProblem(one.status === 200 ? two : one, 412, 'version_changed');
      const now = (await open(doctor, note)).body;
      assert.deepEqual([now.version, now.history.map((each) => [each.version, each.by])], [3, [[2, null], [3, doctor.id]]]);
      const first = await server.get(`/api/v1/notes/${note.id}/versions?version=2`, doctor.token);
      fits('note_text', first.body);
      assert.deepEqual([first.body.text, first.body.by], [note.text, null]);
      isProblem(await server.get(`/api/v1/notes/${note.id}/versions?version=9`, doctor.token), 404, 'not_found');
      assert.ok((await rows('note.read')).some((row) => row.resource_id === note.id && row.details.version === 2));
    });

    test('the guard: what was not said blocks the signature until it is edited away or confirmed', async () => {
      const note = await draft();
      const invented = `${note.text}Start amoxicillin 875 mg for the left knee.\n`;
      const edited = await edit(doctor, note, 2, invented);
      assert.equal(edited.status, 200, edited.text);
      const kinds = edited.body.findings.map((each) => each.kind);
      assert.ok(kinds.includes('medicine') && kinds.includes('dose'), JSON.stringify(edited.body.findings));
      const refused = await act(doctor, note, 'sign', undefined, 3);
      assert.deepEqual([refused.status, refused.body.code], [409, 'findings_open'], refused.text);
      assert.deepEqual(refused.body.findings, edited.body.findings.filter((each) => each.resolution === null).map((each) => each.number));
      assert.equal((await server.get(`/api/v1/notes?consultation_id=${visit}`, doctor.token)).body.results.find((each) => each.id === note.id).findings_open, refused.body.findings.length);
      isProblem(await act(doctor, note, 'confirm', { finding: 999 }, 3), 404, 'not_found');
      isProblem(await act(doctor, note, 'confirm', { finding: 1 }, 2), 412, 'version_changed');
      const away = await edit(doctor, note, 3, note.text);
      assert.ok(!away.body.findings.some((each) => ['medicine', 'dose'].includes(each.kind)), away.text);
      const again = await edit(doctor, note, 4, invented);
      await confirmAll({ id: note.id, version: 5 });
      assert.equal((await act(doctor, note, 'sign', undefined, 5)).status, 200, again.text);
      const row = (await rows('note.sign')).find((each) => each.resource_id === note.id);
      assert.match(JSON.stringify(row.details), /content_mac/);
      assert.ok((await rows('finding.confirm')).filter((each) => each.resource_id === note.id && each.resource_type === 'note').length >= 2);
      const final = (await open(doctor, note)).body;
      assert.deepEqual([final.status, final.text, final.signed_by, final.findings_open], ['signed', invented, doctor.id, 0]);
      assert.ok(final.findings.some((each) => each.kind === 'medicine' && each.resolution === 'confirmed' && each.by === doctor.id));
    });

    test('SEC-079: what is signed is final: no edit, no second signature, no deletion; addenda are stamped beside it', async () => {
      const note = await signed();
      isProblem(await edit(doctor, note, 2, 'too late'), 409, 'approved_is_final');
      isProblem(await act(doctor, note, 'sign', undefined, 2), 409, 'approved_is_final');
      isProblem(await act(doctor, note, 'confirm', { finding: 1 }, 2), 409, 'approved_is_final');
      isProblem(await remove(doctor, note), 409, 'approved_is_final');
      const unsigned = await draft('referral');
      isProblem(await act(doctor, unsigned, 'addenda', { text: 'too early' }), 409, 'wrong_state');
      const added = await act(doctor, note, 'addenda', { text: 'Laboratory: normal.\n\u0939\u093f\u0928\u094d\u0926\u0940' });
      assert.equal(added.status, 201, added.text);
      fits('added', added.body);
      const whole = (await open(doctor, note)).body;
      fits('note', whole);
      assert.deepEqual([whole.text, whole.addenda.map((each) => [each.id, each.text, each.author.username])], [note.text, [[added.body.id, 'Laboratory: normal.\n\u0939\u093f\u0928\u094d\u0926\u0940', 'doc1']]]);
    });

    test('a draft is deleted with all that belongs to it, and that is on record (A1)', async () => {
      const note = await draft('progress');
      await act(doctor, note, 'share', { user: 'doc2' });
      assert.equal((await remove(doctor, note)).status, 204);
      isProblem(await open(doctor, note), 404, 'not_found');
      isProblem(await open(second, note), 404, 'not_found');
      for (const [table, column] of [['notes', 'id'], ['note_versions', 'note_id'], ['note_shares', 'note_id'], ['evidence', 'submission_id'], ['findings', 'resource_id'], ['openings', 'submission_id']]) {
        assert.equal(Number(server.sql(`SELECT COUNT(*) FROM ${table} ${where(column, note.id)}`)[0][0]), 0, table);
      }
      for (const action of ['note.create', 'note.delete']) assert.ok((await rows(action)).some((row) => row.resource_id === note.id && row.user_id === doctor.id && row.resource_type === 'note'), action);
    });

    test('sharing: a colleague reads text, addenda and history; the patient what is signed; and both no more when it ends', async () => {
      const note = await draft('after_visit');
      for (const user of ['nobody', 'docp', 'adm1', 'pat2', 'doc1']) isProblem(await act(doctor, note, 'share', { user }), 404, 'person_not_found');
      isProblem(await act(doctor, note, 'share', { user: 'pat1' }), 409, 'wrong_state');
      const shared = await act(doctor, note, 'share', { user: second.email });
      assert.equal(shared.status, 201, shared.text);
      fits('share', shared.body);
      const seen = await open(second, note);
      assert.equal(seen.status, 200, seen.text);
      fits('note', seen.body);
      assert.deepEqual([seen.body.text, seen.body.evidence, seen.body.findings, seen.body.shares, seen.body.history.length], [note.text, null, [], [], 1]);
      const list = (await server.get('/api/v1/notes?scope=shared', second.token)).body.results;
      assert.deepEqual(list.map((each) => [each.id, each.author.username, each.patient_name]), [[note.id, 'doc1', 'pat1']]);
      for (const answer of [await edit(second, note, 2, 'mine'), await act(second, note, 'sign', undefined, 2), await remove(second, note), await act(second, note, 'share', { user: 'pat2' })]) isProblem(answer, 404, 'not_found');
      await confirmAll(note);
      assert.equal((await act(doctor, note, 'sign', undefined, 2)).status, 200);
      assert.equal((await act(doctor, note, 'share', { user: 'pat1' })).status, 201);
      assert.equal((await act(doctor, note, 'addenda', { text: 'Rest.' })).status, 201);
      const own = (await open(patient, note)).body;
      fits('note', own);
      assert.deepEqual([own.text, own.addenda.map((each) => each.text), own.evidence, own.findings, own.shares, own.history], [note.text, ['Rest.'], null, [], [], []]);
      assert.deepEqual((await server.get('/api/v1/notes?scope=shared', patient.token)).body.results.map((each) => each.id), [note.id]);
      isProblem(await open(other, note), 404, 'not_found');
      assert.deepEqual((await open(doctor, note)).body.shares.map((each) => [each.username, each.role]).sort(), [['doc2', 'doctor'], ['pat1', 'patient']]);
      for (const who of [second, patient]) {
        assert.equal((await act(doctor, note, 'unshare', { user_id: who.id })).status, 204);
        isProblem(await open(who, note), 404, 'not_found');
        isProblem(await act(doctor, note, 'unshare', { user_id: who.id }), 404, 'not_found');
      }
      const row = (await rows('note.share')).find((each) => each.resource_id === note.id);
      assert.ok([second.id, patient.id].includes(row.resource_ids[0]));
    });

    test('P7: the patient sees who looked at notes and consultations about them', async () => {
      const note = await draft('referral');
      await act(doctor, note, 'share', { user: 'doc2' });
      await open(second, note);
      const looks = (await server.get('/api/v1/me/access-log?limit=100', patient.token)).body.results;
      assert.ok(looks.some((each) => each.who === 'doc2' && each.action === 'note.read' && each.resource_type === 'note'), JSON.stringify(looks.slice(0, 5)));
      assert.ok(looks.some((each) => each.who === 'doc1' && each.action === 'consultation.read' && each.resource_type === 'consultation'));
    });

    test('P7: who looked at a draft stays on the patient\'s list, however soon it is deleted', async () => {
      const looks = async () => (await server.get('/api/v1/me/access-log?limit=100', patient.token)).body.results.filter((each) => each.who === 'doc2' && each.action === 'note.read').length;
      const before = await looks();
      for (let i = 0; i < 4; i++) {
        const note = await draft('progress');
        assert.equal((await act(doctor, note, 'share', { user: 'doc2' })).status, 201);
        assert.equal((await open(second, note)).status, 200);
        assert.equal((await remove(doctor, note)).status, 204);
      }
      assert.equal(await looks(), before + 4);
    });

    test('a job that waits for a consent ends with its note', async () => {
      const note = await draft('progress');
      server.sql(`UPDATE jobs SET state = 4 ${where('submission_id', note.id)}`);
      assert.equal((await remove(doctor, note)).status, 204);
      assert.deepEqual(server.sql(`SELECT state, last_error FROM jobs ${where('submission_id', note.id)}`), [['3', 'cancelled']]);
    });

    test('SEC-150: no note without the consent to process; with it again there is', async () => {
      const own = await server.patient();
      const consultation = await heard({ patient: own.username });
      assert.equal((await server.post('/api/v1/consents/data_processing/withdraw', undefined, own.token)).status, 204);
      const refused = await generate(doctor, 'soap', consultation);
      assert.deepEqual([refused.status, refused.body.code, refused.body.consent_required], [403, 'consent_required', ['data_processing']], refused.text);
      assert.equal((await server.post('/api/v1/consents/data_processing', {}, own.token)).status, 201);
      assert.equal((await generate(doctor, 'soap', consultation)).status, 201);
    });

    test('SEC-079, SEC-101: a text moved, altered or given another status beside the server is not shown and is on record', async () => {
      const [moved, from, status, evidence] = [await draft(), await draft(), await draft(), await draft()];
      server.sql(`UPDATE notes SET text = (SELECT text FROM notes ${where('id', from.id)}) ${where('id', moved.id)}`);
      server.sql(`UPDATE notes SET status = 2 ${where('id', status.id)}`);
      server.sql(`UPDATE evidence SET document = (SELECT document FROM evidence ${where('submission_id', from.id)}) ${where('submission_id', evidence.id)}`);
      for (const note of [moved, status, evidence]) isProblem(await open(doctor, note), 409, 'integrity_error');
      assert.equal((await open(doctor, from)).status, 200);
      const found = (await rows('integrity.failure')).map((row) => row.resource_id);
      for (const note of [moved, status, evidence]) assert.ok(found.includes(note.id));
    });

    test('SEC-079, SEC-101: an addendum that was put to another note, or given another time, is not shown', async () => {
      const [first, next, dated] = [await signed(), await signed(), await signed()];
      const add = async (note) => (await act(doctor, note, 'addenda', { text: 'No allergies.' })).body.id;
      const [moved, late] = [await add(first), await add(dated)];
      const to = /'.*'$/.exec(where('id', next.id))[0];
      server.sql(`UPDATE note_addenda SET note_id = ${server.database ? to : `X${to}`} ${where('id', moved)}`);
      server.sql(`UPDATE note_addenda SET created_us = created_us - 1000000 ${where('id', late)}`);
      isProblem(await open(doctor, next), 409, 'integrity_error');
      isProblem(await open(doctor, dated), 409, 'integrity_error');
      assert.deepEqual((await open(doctor, first)).body.addenda, []);
    });

    test('SEC-023: no text of a note stands readable in the database', async () => {
      const note = await draft();
      await edit(doctor, note, 2, 'Wholly recognisable xylophone sentence.');
      server.flush();
      const stored = ['notes', 'note_versions', 'evidence'].flatMap((table) => server.sql(`SELECT ${table === 'evidence' ? 'document' : 'text'} FROM ${table}`).flat()).join('');
      for (const text of ['xylophone', 'tuesday']) for (const form of [text, Buffer.from(text).toString('hex')]) assert.ok(!stored.toLowerCase().includes(form), form);
    });

    test('TM-31: core killed while notes are drafted: each is there afterwards, once', async () => {
      const asked = [1, 2, 3].map(() => generate(doctor, 'soap').catch(() => null));
      await sleep(120);
      process.kill(programOf(server, 'core'), 'SIGKILL');
      if (server.database) server.sql('UPDATE jobs SET lease_until_us = 0 WHERE state = 1'); // several instances may share it: work comes back when its lease ends
      await Promise.all(asked);
      await until(async () => (await server.get(`/api/v1/notes?consultation_id=${visit}&status=generating`, doctor.token)).body.results.length === 0, 'each is drafted');
      const all = (await server.get(`/api/v1/notes?consultation_id=${visit}&limit=100`, doctor.token)).body.results;
      assert.ok(all.length > 0 && all.every((each) => ['draft', 'signed'].includes(each.status) || each.status === 'failed'), JSON.stringify(all.map((each) => each.status)));
      assert.ok(!all.some((each) => each.status === 'failed'), 'none was lost');
      for (const { id: one } of all.slice(0, 3)) assert.equal((await open(doctor, one)).status, 200);
    });
  });

  describe(`limits of notes on ${engine}`, () => {
    let server;
    before(async () => { server = await startServer(engine, { limits: 'yes', workers: 0 }); });
    after(() => server.stop());

    test('S1: two hundred notes an hour, told in the headers', async () => {
      const doctor = await server.doctor('doc1');
      let last;
      for (let i = 0; i < 201; i++) last = await server.post('/api/v1/notes/generate', { consultation_id: NOBODY, template: 'soap' }, doctor.token);
      isProblem(last, 429, 'rate_limited');
      assert.ok(Number(last.headers['retry-after']) > 3000);
      assert.ok(Object.entries(last.headers).some(([name, value]) => /^ratelimit/.test(name) && /200/.test(value)), JSON.stringify(last.headers));
      assert.equal((await server.get('/api/v1/notes', doctor.token)).status, 200, 'other work goes on');
    });
  });
}
