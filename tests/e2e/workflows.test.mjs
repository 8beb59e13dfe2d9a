// The two workflows of the seed document, word for word, on real media; and how work that cannot succeed ends.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { engines, isProblem, PASSWORD, startServer } from './lib/server.mjs';

const words = (text) => text.toLowerCase().replace(/[^a-z0-9 ]+/g, ' ').split(/\s+/).filter(Boolean);
function wordErrors(said, heard) {
  let row = [...heard.keys(), heard.length];
  said.forEach((word, i) => {
    const next = [i + 1];
    heard.forEach((other, j) => next.push(Math.min(row[j] + (word === other ? 0 : 1), row[j + 1] + 1, next[j] + 1)));
    row = next;
  });
  return row.at(-1) / said.length;
}

for (const engine of engines) {
  describe(`workflows on ${engine}`, () => {
    let server, patient, doctor, audio, page;
    before(async () => { server = await startServer(engine); });
    after(() => server.stop());

    test('patient workflow 1: register as a patient (M11, I1)', async () => {
      const account = { username: 'patient123', email: 'patient@example.com', password: PASSWORD, user_type: 'patient' };
      const answer = await server.post('/register', account);
      assert.equal(answer.status, 201, answer.text);
      assert.deepEqual({ ...answer.body, id: null }, { id: null, username: 'patient123', user_type: 'patient', role_state: 'active' });
      isProblem(await server.post('/register', account), 409, 'account_exists');
      patient = account;
    });

    test('patient workflow 2: log in to receive a session token (M11, I2)', async () => {
      const answer = await server.post('/login', { username: patient.username, password: patient.password });
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.body.session_token, /^\S{43,}$/);
      assert.equal(answer.headers['set-cookie'], undefined);
      patient.token = answer.body.session_token;
      const me = await server.get('/me', patient.token);
      assert.equal(me.status, 200);
      assert.equal(me.body.username, 'patient123');
      assert.equal(me.body.email, 'patient@example.com');
    });

    test('patient workflow 3: submit audio recordings or prescription images (M1, M2, M5, M9: progress by server-sent events)', async () => {
      const speech = media.realSpeech();
      const picture = media.realPage();
      const sound = await server.uploadFile('/submit_audio', patient.token, speech.path, speech.type, { notes: 'since Monday' });
      assert.equal(sound.status, 201, sound.text);
      assert.deepEqual(sound.body, { id: sound.body.id, submission_id: sound.body.id, type: 'audio', status: 'queued', version: 1 });
      assert.equal(sound.headers.location, `/api/v1/submissions/${sound.body.id}`);
      const image = await server.uploadFile('/submit_prescription', patient.token, picture.path, picture.type);
      assert.equal(image.status, 201, image.text);
      assert.deepEqual(image.body, { id: image.body.id, submission_id: image.body.id, type: 'prescription', status: 'queued', version: 1 });
      [audio, page] = [sound.body.id, image.body.id];
      for (const id of [audio, page]) {
        const stream = await server.events(id, patient.token);
        assert.equal(stream.status, 200);
        assert.match(stream.headers['content-type'], /^text\/event-stream/);
        const statuses = stream.events.map((event) => event.status);
        assert.equal(statuses.at(-1), 'draft', JSON.stringify(stream.events));
        assert.equal([...statuses].sort((a, b) => ['queued', 'processing', 'draft'].indexOf(a) - ['queued', 'processing', 'draft'].indexOf(b)).join(), statuses.join(),
          'a status never goes back');
        for (const event of stream.events) {
          assert.equal(event.event, 'progress');
          assert.deepEqual(Object.keys(event).sort(), ['event', 'percent', 'position', 'stage', 'status', 'version']);
        }
      }
    });

    test('patient workflow 4: view only their own submissions (M7, M11, I11: no machine text before approval)', async () => {
      const other = await server.patient('someone');
      const own = await server.get('/get_result', patient.token);
      assert.equal(own.status, 200);
      assert.deepEqual(own.body.results.map((one) => [one.id, one.type, one.status]), [[page, 'prescription', 'draft'], [audio, 'audio', 'draft']]);
      for (const one of own.body.results)
        for (const field of ['transcribed_text', 'doctor_summary', 'extracted_text', 'patient_instructions']) assert.equal(one[field], null, field);
      assert.deepEqual((await server.get('/get_result', other.token)).body, { results: [], next_cursor: null });
      for (const id of [audio, page]) isProblem(await server.get(`/api/v1/submissions/${id}`, other.token), 404, 'not_found');
    });

    test('patient workflow 5: cannot approve submissions (M6, M11)', async () => {
      for (const id of [audio, page]) isProblem(await server.put(`/approve/${id}`, undefined, patient.token), 403, 'forbidden');
      isProblem(await server.get('/get_all_results', patient.token), 403, 'forbidden');
    });

    test('doctor workflow 1: register as a doctor; the role waits for its confirmation (I1, SEC-002)', async () => {
      const account = { username: 'doctor123', email: 'doctor@example.com', password: PASSWORD, user_type: 'doctor' };
      const answer = await server.post('/register', account);
      assert.equal(answer.status, 201, answer.text);
      assert.deepEqual({ ...answer.body, id: null }, { id: null, username: 'doctor123', user_type: 'doctor', role_state: 'pending' });
      doctor = account;
    });

    test('doctor workflow 2: log in to receive a session token (M11, I2)', async () => {
      server.command('user', 'verify-doctor', 'doctor123', '--registration-no', 'MC-1234');
      const answer = await server.post('/login', { username: doctor.username, password: doctor.password });
      assert.equal(answer.status, 200, answer.text);
      doctor.token = answer.body.session_token;
      const me = await server.get('/me', doctor.token);
      assert.deepEqual([me.body.user_type, me.body.role_state], ['doctor', 'active']);
    });

    test('doctor workflow 3: view all patient submissions, with text recognised from real speech and a real page (M1–M3, I11)', async () => {
      const all = await server.get('/get_all_results', doctor.token);
      assert.equal(all.status, 200, all.text);
      assert.deepEqual(all.body.results.map((one) => [one.id, one.username, one.status]), [[page, 'patient123', 'draft'], [audio, 'patient123', 'draft']]);
      const [image, sound] = all.body.results;
      const rate = wordErrors(words(media.realSpeech().reference), words(sound.transcribed_text));
      assert.ok(rate < 0.5, `${Math.round(rate * 100)} % of the words are wrong: ${sound.transcribed_text}`);
      assert.ok(sound.doctor_summary.length > 0);
      assert.equal(sound.extracted_text, null);
      const seen = new Set(words(image.extracted_text));
      const truth = words(media.realPage().truth);
      const found = truth.filter((word) => seen.has(word)).length / truth.length;
      assert.ok(found > 0.8, `only ${Math.round(found * 100)} % of the page's words were read: ${image.extracted_text}`);
      assert.ok(image.patient_instructions.length > 0);
      assert.equal(image.transcribed_text, null);
    });

    test('doctor workflow 4: approve and review submissions against their evidence (M5, M6, M7)', async () => {
      for (const id of [audio, page]) {
        const opened = await server.get(`/api/v1/submissions/${id}`, doctor.token);
        assert.equal(opened.status, 200);
        assert.equal(opened.headers.etag, `"v${opened.body.version}"`);
        const evidence = opened.body.evidence;
        assert.equal(evidence.version, 1);
        assert.ok(evidence.engine.name && evidence.engine.version, 'the engine has a name and a version');
        assert.ok(evidence.words.length > 3);
        for (const word of evidence.words) {
          assert.ok(word.confidence >= 0 && word.confidence <= 1);
          if (id === audio) assert.ok(word.end_ms >= word.start_ms && word.start_ms >= 0 && word.end_ms <= evidence.media.duration_ms + 100);
          else assert.ok(word.box.length === 4 && word.page === 0);
        }
        const original = await server.call('GET', `/api/v1/submissions/${id}/media`, { token: doctor.token, raw: true });
        assert.equal(original.status, 200);
        const sent = media.readMedia(id === audio ? media.realSpeech().path : media.realPage().path);
        if (id === audio) assert.equal(media.samplesDigest(original.bytes), media.samplesDigest(sent), 'every sample comes back as it was sent');
        const approved = await server.put(`/approve/${id}`, undefined, doctor.token);
        assert.equal(approved.status, 200, approved.text);
        assert.deepEqual([approved.body.id, approved.body.status, approved.body.version], [id, 'approved', opened.body.version]);
        assert.match(approved.body.approved_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
      }
      const own = await server.get('/get_result', patient.token);
      assert.deepEqual(own.body.results.map((one) => one.status), ['approved', 'approved']);
      assert.ok(own.body.results[0].patient_instructions.length > 0 && own.body.results[1].doctor_summary.length > 0, 'the patient reads it now');
    });

    test('doctor workflow 5: access to administrative functions: the clinic queue is theirs, users and audit are the administrator\'s (SEC-008)', async () => {
      const queue = await server.get('/api/v1/submissions?scope=clinic', doctor.token);
      assert.equal(queue.status, 200);
      assert.deepEqual(queue.body.results.map((one) => [one.id, one.username]), [[page, 'patient123'], [audio, 'patient123']]);
      for (const path of ['users', 'audit', 'audit/verify', 'jobs']) isProblem(await server.get(`/api/v1/admin/${path}`, doctor.token), 403, 'forbidden');
    });

    test('P7: the patient sees who looked, once for each look', async () => {
      const log = await server.get('/api/v1/me/access-log', patient.token);
      assert.equal(log.status, 200);
      const doctors = log.body.results.filter((row) => row.who === 'doctor123');
      assert.ok(doctors.length >= 6, JSON.stringify(log.body.results, null, 1));
      assert.ok(doctors.every((row) => row.role === 'doctor' && row.count >= 1));
      assert.ok(doctors.some((row) => row.action === 'media.read') && doctors.some((row) => row.action === 'submission.read'));
    });

    for (const [name, path, expected, make, type] of [
      ['silence', '/submit_audio', ['no_speech'], media.silenceWav, 'audio/wav'],
      ['noise', '/submit_audio', ['no_speech'], media.noiseWav, 'audio/wav'],
      ['a blank page', '/submit_prescription', ['no_text'], media.blankPng, 'image/png'],
      ['a black picture', '/submit_prescription', ['too_dark'], media.darkPng, 'image/png'],
      ['a picture with damaged pixels', '/submit_prescription', ['unreadable_media'], media.damagedPng, 'image/png'],
    ]) {
      test(`M8: ${name} ends as failed with the reason ${expected.join(' or ')} and never becomes a note`, async () => {
        const sent = await server.uploadFile(path, patient.token, make(), type);
        assert.equal(sent.status, 201, sent.text);
        const stream = await server.events(sent.body.id, patient.token);
        assert.equal(stream.events.at(-1).status, 'failed', JSON.stringify(stream.events));
        const one = await server.settled(sent.body.id, doctor.token);
        assert.equal(one.status, 'failed');
        assert.ok(expected.includes(one.reason), one.reason);
        for (const field of ['transcribed_text', 'doctor_summary', 'extracted_text', 'patient_instructions', 'evidence']) assert.equal(one[field], null, field);
        isProblem(await server.put(`/approve/${sent.body.id}`, undefined, doctor.token), 409, 'wrong_state');
      });
    }

    test('M1: what browsers and phones record is heard: FLAC, MP3, M4A, Ogg/Opus, WebM/Opus', async () => {
      const source = media.converted('short.wav', media.realSpeech().path, '-t', '5');
      const said = new Set(words(media.realSpeech().reference));
      for (const [name, type, ...options] of [['a.flac', 'audio/flac'], ['a.mp3', 'audio/mpeg'], ['a.m4a', 'audio/mp4', '-c:a', 'aac'],
        ['a.ogg', 'audio/ogg', '-c:a', 'libopus'], ['a.webm', 'audio/webm', '-c:a', 'libopus']]) {
        const sent = await server.uploadFile('/submit_audio', patient.token, media.converted(name, source, ...options), type);
        assert.equal(sent.status, 201, `${name}: ${sent.text}`);
        const one = await server.settled(sent.body.id, doctor.token);
        assert.equal(one.status, 'draft', `${name}: ${one.reason}`);
        const heard = words(one.transcribed_text);
        const right = heard.filter((word) => said.has(word)).length;
        assert.ok(heard.length > 5 && right >= heard.length / 2, `${name}: ${one.transcribed_text}`);
      }
    });

    test('M8: a recording whose structure breaks off is refused at the door', async () => {
      const cut = media.broken('cut.m4a', media.converted('x.m4a', media.spokenWav(), '-c:a', 'aac'), 2000);
      isProblem(await server.uploadFile('/submit_audio', patient.token, cut, 'audio/mp4'), 422, 'unprocessable_media');
    });

    test('M8, SEC-123: a picture that breaks off is refused at the door', async () => {
      const sent = await server.uploadFile('/submit_prescription', patient.token, media.broken('cut.png', media.writtenPng(), 3000), 'image/png');
      isProblem(sent, 422, 'unprocessable_media', 'file');
    });
  });
}
