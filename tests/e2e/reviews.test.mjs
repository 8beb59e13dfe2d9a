// The doctor's acts on what they have seen, pages of long lists, and the import that old clinics come with.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { importInto, oldHash } from './lib/import.mjs';
import * as media from './lib/media.mjs';
import { engines, isProblem, PASSWORD, startServer } from './lib/server.mjs';

const TOTAL = 230;

for (const engine of engines) {
  describe(`reviews on ${engine}`, () => {
    let server, patient, doctor, second, pending, admin, ids;
    const one = (i) => ids[i];
    const open = (who, id) => server.get(`/api/v1/submissions/${id}`, who.token);
    const approve = (who, id, version) => server.put(`/approve/${id}`, undefined, who.token, version ? { headers: { 'If-Match': `"v${version}"` } } : {});
    const edit = (who, id, version, text) => server.put(`/api/v1/submissions/${id}/draft`, { text }, who.token, version ? { headers: { 'If-Match': `"v${version}"` } } : {});

    before(async () => {
      server = await startServer(engine);
      [doctor, second, pending, admin] = [await server.doctor('doc1'), await server.doctor('doc2'), await server.pendingDoctor('docp'), await server.admin('adm1')];
    });
    after(() => server.stop());

    test('S8, SEC-022: an old clinic is imported, twice makes nothing twice, and its people log in with their old passwords', async () => {
      const users = [{ id: 1, username: 'oldpatient', password_hash: oldHash() }, { id: 2, username: 'nologin' }];
      const submissions = Array.from({ length: TOTAL }, (_, i) => ({ id: i + 1, user_id: 1, type: i % 2 ? 'prescription' : 'audio' }));
      importInto(server, users, submissions);
      const status = server.command('status');
      assert.equal(status.submissions, TOTAL, JSON.stringify(status));
      importInto(server, users, submissions);
      assert.equal(server.command('status').submissions, TOTAL);
      isProblem(await server.post('/login', { username: 'oldpatient', password: 'Wrong-heron-41' }), 401, 'login_failed');
      const before = server.sql('SELECT password FROM users ORDER BY created_us LIMIT 2').join();
      patient = await server.logIn({ username: 'oldpatient', password: PASSWORD });
      assert.notEqual(server.sql('SELECT password FROM users ORDER BY created_us LIMIT 2').join(), before, 'the old hash is replaced at the first log-in');
      assert.equal((await server.post('/login', { username: 'oldpatient', password: PASSWORD })).status, 200, 'and the new one fits');
      isProblem(await server.post('/login', { username: 'nologin', password: '' }), 422, 'too_short', 'password');
      isProblem(await server.post('/login', { username: 'nologin', password: PASSWORD }), 401, 'login_failed');
    });

    test('SEC-082: long lists come in pages of at most 100, each item once, with markers that belong to their owner', async () => {
      for (const [who, path] of [[patient, '/get_result'], [doctor, '/get_all_results'], [doctor, '/api/v1/submissions?scope=clinic'], [patient, '/api/v1/submissions']]) {
        const seen = [];
        const join = path.includes('?') ? '&' : '?';
        let cursor = null;
        let pages = 0;
        do {
          const answer = await server.get(`${path}${join}limit=100000${cursor ? `&cursor=${cursor}` : ''}`, who.token);
          assert.equal(answer.status, 200, answer.text);
          assert.ok(answer.body.results.length <= 100);
          seen.push(...answer.body.results);
          cursor = answer.body.next_cursor;
          pages++;
        } while (cursor !== null && pages < 10);
        assert.equal(pages, 3, path);
        assert.equal(new Set(seen.map((item) => item.id)).size, TOTAL, path);
        assert.deepEqual(seen.map((item) => item.created_at), seen.map((item) => item.created_at).sort().reverse(), 'newest first');
        if (path === '/get_all_results') ids = seen.map((item) => item.id);
      }
      const longest = [];
      for (let cursor = ''; cursor !== null;) {
        const page = (await server.get(`/api/v1/submissions?scope=clinic&order=oldest&limit=100${cursor && `&cursor=${cursor}`}`, doctor.token)).body;
        longest.push(...page.results.map((item) => item.id));
        cursor = page.next_cursor;
      }
      assert.deepEqual(longest, [...ids].reverse(), 'the longest waiting first');
      const drafts = await server.get('/api/v1/submissions?scope=clinic&status=draft&order=oldest&limit=1', doctor.token);
      assert.equal(drafts.body.results[0].id, longest[0]);
      const marker = (await server.get('/get_result?limit=5', patient.token)).body.next_cursor;
      isProblem(await server.get(`/get_result?limit=5&cursor=${marker}`, second.token), 400, 'bad_cursor');
      isProblem(await server.get(`/api/v1/submissions?limit=5&cursor=${marker}`, patient.token), 400, 'bad_cursor');
      for (const bad of [`${marker.slice(0, -1)}${marker.endsWith('A') ? 'B' : 'A'}`, marker.slice(0, -2), `${marker}AA`, 'x', '%00', "'%20OR%201=1"]) isProblem(await server.get(`/get_result?cursor=${bad}`, patient.token), 400, 'bad_cursor');
      for (const bad of ['0', '-1', 'x', '1e3', '']) {
        const answer = await server.get(`/get_result?limit=${bad}`, patient.token);
        assert.equal(answer.status, 422, `limit=${bad}: ${answer.text}`);
        assert.equal(answer.body.field, 'limit');
      }
      isProblem(await server.get('/get_result?offset=3', patient.token), 422, 'unknown_field', 'offset');
    });

    test('I11: lists are filtered by type and status, as written', async () => {
      const audio = await server.get('/get_all_results?type=audio&limit=100', doctor.token);
      assert.ok(audio.body.results.length === 100 && audio.body.results.every((item) => item.type === 'audio' && /^heard \d+$/.test(item.transcribed_text) && item.extracted_text === null));
      assert.deepEqual((await server.get('/get_all_results?status=approved', doctor.token)).body.results, []);
      isProblem(await server.get('/get_all_results?status=done', doctor.token), 422, 'bad_value', 'status');
    });

    test('SEC-075: only a confirmed doctor approves, and only what waits for it', async () => {
      const id = one(0);
      for (const [who, code] of [[patient, 'forbidden'], [admin, 'forbidden'], [pending, 'role_pending']]) isProblem(await approve(who, id, 1), 403, code);
      isProblem(await approve(doctor, '5f1c5df9-5b7c-4bd1-9c5e-0c62c8b1a001', 1), 404, 'not_found');
      const seen = await open(doctor, id);
      const answer = await approve(doctor, id, seen.body.version);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual({ ...answer.body, approved_at: null }, { id, status: 'approved', version: 1, approved_by: doctor.id, approved_at: null });
      for (const who of [doctor, second, patient]) {
        const { approved_by, approved_by_name, history } = (await open(who, id)).body;
        assert.deepEqual([approved_by, approved_by_name], [doctor.id, doctor.username], 'whoever may read it is told who approved it');
        if (who !== patient) assert.deepEqual([history.at(-1).by, history.at(-1).by_name], [doctor.id, doctor.username]);
      }
      isProblem(await approve(doctor, id, 1), 409, 'wrong_state');
      const queued = await server.uploadFile('/submit_audio', patient.token, media.tinyWav(), 'audio/wav');
      assert.equal((await server.settled(queued.body.id, doctor.token)).status, 'failed');
      isProblem(await approve(doctor, queued.body.id, 1), 409, 'wrong_state');
      const rows = (await server.get('/api/v1/admin/audit?action=submission.approve', admin.token)).body.results;
      assert.deepEqual(rows.map((row) => [row.resource_id, row.user_id, row.success]), [[id, doctor.id, true]]);
      assert.match(JSON.stringify(rows[0].details), /content_mac/);
    });

    test('SEC-076: nobody approves what they have not opened, or what changed since', async () => {
      const id = one(1);
      isProblem(await approve(doctor, id), 428, 'review_first');
      isProblem(await approve(doctor, id, 1), 428, 'review_first');
      assert.equal((await open(doctor, id)).headers.etag, '"v1"');
      await open(second, id);
      assert.equal((await edit(second, id, 1, 'Take one tablet.')).body.version, 2);
      isProblem(await approve(doctor, id), 412, 'version_changed');
      isProblem(await approve(doctor, id, 1), 412, 'version_changed');
      isProblem(await approve(doctor, id, 3), 412, 'version_changed');
      for (const bad of ['v2', '"2"', 'W/"v2"', '"v2", "v1"', '"v-1"', '*']) isProblem(await server.put(`/approve/${id}`, undefined, doctor.token, { headers: { 'If-Match': bad } }), 400, 'bad_request', 'If-Match');
      for (const { number } of (await open(doctor, id)).body.findings) assert.equal((await server.confirm(doctor, id, 2, number)).status, 200);
      assert.equal((await approve(doctor, id)).body.version, 2, 'bare, after the look');
      const other = one(2);
      await open(doctor, other);
      assert.equal((await approve(doctor, other, 1)).status, 200, 'with If-Match');
    });

    test('SEC-077: 20 approvals at once are one approval', async () => {
      const id = one(3);
      for (const who of [doctor, second]) await open(who, id);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => approve(i % 2 ? doctor : second, id, 1)));
      assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
      for (const answer of answers.filter((each) => each.status !== 200)) isProblem(answer, 409, 'wrong_state');
      const history = (await open(doctor, id)).body.history.filter((step) => step.status === 'approved');
      assert.equal(history.length, 1);
    });

    test('SEC-077, TM-18: with an edit under way, what is approved is the text that stands', async () => {
      for (let round = 0; round < 25; round++) {
        const id = one(10 + round);
        for (const who of [doctor, second]) await open(who, id);
        const [done, changed] = await Promise.all([approve(doctor, id, 1), edit(second, id, 1, `edited in round ${round}`)]);
        const now = (await open(doctor, id)).body;
        const text = now.doctor_summary ?? now.patient_instructions;
        const pair = `${done.status} ${changed.status}`;
        if (pair === '200 409') assert.deepEqual([now.status, now.version, /^summary /.test(text)], ['approved', 1, true]);
        else assert.deepEqual([/^(409|412) 200$/.test(pair), now.status, now.version, text], [true, 'draft', 2, `edited in round ${round}`], pair);
      }
    });

    test('SEC-078: nobody approves, edits or returns their own submission', async () => {
      const answer = await server.uploadFile('/submit_prescription', doctor.token, media.writtenPng(), 'image/png');
      const { id } = answer.body;
      assert.equal((await server.settled(id, second.token)).status, 'draft');
      await open(doctor, id);
      isProblem(await approve(doctor, id, 1), 403, 'conflict_of_interest');
      const { version } = (await open(second, id)).body;
      isProblem(await edit(doctor, id, version, 'mine'), 403, 'conflict_of_interest');
      isProblem(await server.post(`/api/v1/submissions/${id}/return`, { question: 'Why?' }, doctor.token, { headers: { 'If-Match': `"v${version}"` } }), 403, 'conflict_of_interest');
      assert.equal((await approve(second, id, version)).status, 200);
    });

    test('M5, M6: the draft is edited, returned with a question, edited again, approved; then it is final (SEC-079)', async () => {
      const id = one(5);
      const text = 'x < 5 & y > 3 "\u00b5g" O\u2019Brien\n\u0939\u093f\u0928\u094d\u0926\u0940 \ud83d\ude00';
      await open(doctor, id);
      isProblem(await edit(doctor, id, 0, text), 428, 'version_required');
      isProblem(await edit(doctor, id, 7, text), 412, 'version_changed');
      const edited = await edit(doctor, id, 1, text);
      assert.deepEqual([edited.status, { ...edited.body, findings: edited.body.findings.length }], [200, { id, status: 'draft', version: 2, findings: 2 }]);
      const back = await server.post(`/api/v1/submissions/${id}/return`, { question: 'Since when, and how often?' }, doctor.token, { headers: { 'If-Match': '"v2"' } });
      assert.deepEqual([back.status, back.body], [200, { id, status: 'returned', version: 2 }]);
      const asked = (await server.get(`/api/v1/submissions/${id}`, patient.token)).body;
      assert.deepEqual([asked.status, asked.question, asked.doctor_summary, asked.patient_instructions], ['returned', 'Since when, and how often?', null, null]);
      isProblem(await approve(doctor, id, 2), 409, 'wrong_state');
      assert.equal((await edit(doctor, id, 2, `${text}!`)).body.version, 3);
      isProblem(await approve(doctor, id, 3), 409, 'findings_open');
      const numbers = (await open(doctor, id)).body.findings;
      assert.deepEqual(numbers.map((one) => [one.kind, one.text, one.resolution]), [['number', '5', null], ['dose', '3 "\u00b5g', null]], 'nobody said these numbers');
      for (const { number } of numbers) assert.equal((await server.confirm(doctor, id, 3, number)).status, 200);
      assert.equal((await approve(doctor, id, 3)).status, 200);
      isProblem(await edit(doctor, id, 3, 'too late'), 409, 'approved_is_final');
      const seen = (await server.get(`/api/v1/submissions/${id}`, patient.token)).body;
      assert.equal(seen.doctor_summary ?? seen.patient_instructions, `${text}!`, 'to the last byte');
      assert.deepEqual((await open(doctor, id)).body.history.map((step) => [step.version, step.status, step.by]),
        [[1, 'draft', null], [2, 'draft', doctor.id], [2, 'returned', doctor.id], [3, 'draft', doctor.id], [3, 'approved', doctor.id]]);
    });

    test('SEC-079, SEC-101: a text moved, altered or given another status beside the server is not shown and is on record', async () => {
      const [victim, from, flipped, status, fine] = [one(40), one(42), one(44), one(46), one(48)];
      const where = (id) => `WHERE id = ${server.database ? `'${id}'` : `X'${id.replaceAll('-', '')}'`}`;
      server.sql(`UPDATE submissions SET draft = (SELECT draft FROM submissions ${where(from)}) ${where(victim)}`);
      server.sql(server.database ? `UPDATE submissions SET draft = set_byte(draft, 30, get_byte(draft, 30) # 1) ${where(flipped)}`
        : `UPDATE submissions SET draft = CAST(substr(draft, 1, 30) || X'00' || substr(draft, 32) AS BLOB) ${where(flipped)}`);
      server.sql(`UPDATE submissions SET status = (SELECT status FROM submissions ${where(one(0))}) ${where(status)}`);
      for (const id of [victim, flipped, status]) isProblem(await open(doctor, id), 409, 'integrity_error');
      assert.equal((await open(doctor, fine)).status, 200);
      const rows = (await server.get('/api/v1/admin/audit?action=integrity.failure', admin.token)).body.results.map((row) => row.resource_id);
      for (const id of [victim, flipped, status]) assert.ok(rows.includes(id));
      const list = await server.get('/get_all_results?limit=100', doctor.token);
      assert.equal(list.status, 200);
      const shown = list.body.results.filter((item) => [victim, flipped, status].includes(item.id));
      assert.equal(shown.length, 3);
      for (const item of shown) assert.deepEqual([item.status, item.doctor_summary, item.patient_instructions], ['integrity_error', null, null]);
      const own = await server.get('/get_result?limit=100', patient.token);
      assert.deepEqual(own.body.results.filter((item) => item.id === status).map((item) => item.status), ['integrity_error']);
    });
  });
}
