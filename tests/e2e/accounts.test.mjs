// Accounts, sessions, tokens, cookies: who gets in, as whom, and until when.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { load } from './lib/packages.mjs';
import { schemaProblems } from './lib/schema.mjs';
import { until } from './lib/processes.mjs';
import { engines, isProblem, PASSWORD, promised, startServer } from './lib/server.mjs';

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const decode = (token) => token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const withoutId = (answer) => answer.text.replace(/"request_id":"[^"]+"/, '');
const cookies = (answer) => Object.fromEntries((answer.headers['set-cookie'] ?? []).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

for (const engine of engines) {
  describe(`accounts on ${engine}`, () => {
    let server, patient, other, doctor, admin;
    before(async () => { server = await startServer(engine); });
    after(() => server.stop());

    test('I1, SEC-013: the one-time link makes the first administrator, once', async () => {
      const token = /#token=([A-Za-z0-9_-]+)/.exec(server.said)?.[1];
      assert.ok(token, server.said);
      const account = { username: 'chief', email: 'chief@clinic.example', password: PASSWORD };
      isProblem(await server.post('/api/v1/setup', { ...account, token: 'A'.repeat(token.length) }), 403, 'setup_refused');
      isProblem(await server.post('/api/v1/setup', { ...account, token, password: 'short' }), 422, 'weak_password');
      const made = await server.post('/api/v1/setup', { ...account, token });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.body.user_type, 'admin');
      isProblem(await server.post('/api/v1/setup', { ...account, username: 'second', email: 'second@clinic.example', token }), 409, 'setup_done');
      admin = await server.logIn({ ...account });
      for (const name of ['admin', 'root', 'chief', 'doctor', 'test'])
        for (const password of ['admin', 'password', 'Admin123!', 'changeme']) isProblem(await server.post('/login', { username: name, password }), 401, 'login_failed');
    });

    test('SEC-002: whoever registers as a doctor stays pending until an administrator confirms it', async () => {
      const person = await server.pendingDoctor('hopeful');
      assert.equal(person.role_state, 'pending');
      const me = await server.get('/me', person.token);
      assert.deepEqual([me.body.user_type, me.body.role_state], ['doctor', 'pending']);
      isProblem(await server.get('/get_all_results', person.token), 403, 'role_pending');
      isProblem(await server.put(`/approve/${person.id}`, undefined, person.token), 403, 'role_pending');
      isProblem(await server.get('/api/v1/submissions?scope=clinic', person.token), 403, 'role_pending');
      const waiting = await server.get('/api/v1/admin/users?role_state=pending', admin.token);
      assert.deepEqual(waiting.body.results.map((user) => user.username), ['hopeful']);
      isProblem(await server.post(`/api/v1/admin/users/${person.id}/verify`, {}, admin.token), 422, 'missing_field', 'registration_no');
      const done = await server.post(`/api/v1/admin/users/${person.id}/verify`, { registration_no: 'MC-77' }, admin.token);
      assert.equal(done.status, 200, done.text);
      assert.deepEqual([done.body.username, done.body.user_type, done.body.role_state], ['hopeful', 'doctor', 'active']);
      assert.equal((await server.get('/get_all_results', person.token)).status, 200);
      isProblem(await server.post(`/api/v1/admin/users/${person.id}/verify`, { registration_no: 'MC-77' }, admin.token), 409, 'already_verified');
      const audit = await server.get(`/api/v1/admin/audit?user_id=${person.id}`, admin.token);
      assert.ok(audit.body.results.some((row) => row.action === 'role.request' && row.resource_id === person.id));
      const approved = await server.get('/api/v1/admin/audit?action=role.approve', admin.token);
      const row = approved.body.results.find((one) => one.resource_id === person.id);
      assert.equal(row?.user_id, (await server.get('/me', admin.token)).body.id, 'the administrator is named as the one who did it');
    });

    test('SEC-003: a registration cannot bring its own role, state, id or hash', async () => {
      const before = server.sql('SELECT count(*) FROM users')[0][0];
      const good = { username: 'mallory', email: 'mallory@x.example', password: PASSWORD, user_type: 'patient' };
      for (const field of ['role', 'role_state', 'is_active', 'id', 'created_at', 'clinic_id', 'password_hash', '__proto__', 'constructor']) {
        const body = JSON.stringify(good).replace('}', `,${JSON.stringify(field)}:"x"}`);
        isProblem(await server.call('POST', '/register', { body, type: 'application/json' }), 422, 'unknown_field', field);
      }
      for (const role of ['admin', 'readonly', 'auditor', 'Doctor', '']) isProblem(await server.post('/register', { ...good, user_type: role }), 422, 'bad_value', 'user_type');
      assert.equal(server.sql('SELECT count(*) FROM users')[0][0], before);
    });

    test('SEC-004: two spellings of one name or mailbox are one account; 20 at once make one', async () => {
      const good = { username: 'casey', email: 'A@EX.com', password: PASSWORD, user_type: 'patient' };
      assert.equal((await server.post('/register', good)).status, 201);
      isProblem(await server.post('/register', { ...good, username: 'casey2', email: 'a@ex.com' }), 409, 'account_exists');
      isProblem(await server.post('/register', { ...good, username: 'CASEY', email: 'c@ex.com' }), 409, 'account_exists');
      assert.equal((await server.post('/register', { ...good, username: 'Jos\u00e9', email: 'jose@ex.com' })).status, 201);
      isProblem(await server.post('/register', { ...good, username: 'Jose\u0301', email: 'jose2@ex.com' }), 409, 'account_exists');
      isProblem(await server.post('/register', { ...good, username: 'JOS\u00c9', email: 'jose3@ex.com' }), 409, 'account_exists');
      assert.equal((await server.post('/login', { username: 'a@Ex.Com', password: PASSWORD })).status, 200);
      const same = { ...good, username: 'twin', email: 'twin@ex.com' };
      const answers = await Promise.all(Array.from({ length: 20 }, () => server.post('/register', same)));
      assert.equal(answers.filter((one) => one.status === 201).length, 1);
      for (const one of answers.filter((each) => each.status !== 201)) isProblem(one, 409, 'account_exists');
      for (const email of ['a@b.c\r\nBcc:x@y.z', 'a@b', `${'x'.repeat(60)}@${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(60)}.example.com.${'q'.repeat(20)}`, 'a\u0000@ex.com', 'a\u202e@ex.com',
        'a b@ex.com', '@ex.com', 'a@@ex.com', 'a@.ex.com', 'a@ex..com', 'a'.repeat(65) + '@ex.com', '.a@ex.com', 'a@ex.com.']) {
        const answer = await server.post('/register', { ...good, username: 'never', email });
        assert.equal(answer.status, 422, `${JSON.stringify(email)}: ${answer.text}`);
        assert.equal(answer.body.field, 'email');
      }
    });

    test('I7: weak, common, too long passwords are refused and say why; every character counts (SEC-017, SEC-018, SEC-020)', async () => {
      const good = { username: 'dana', email: 'dana@ex.com', user_type: 'patient' };
      for (const password of ['Short-1', 'alllowercase-1', 'ALLUPPER-1', 'No-digits-here', 'NoSpecial123']) isProblem(await server.post('/register', { ...good, password }), 422, 'weak_password');
      for (const password of ['Password1!', 'Qwerty123!', 'Welcome-1']) isProblem(await server.post('/register', { ...good, password }), 422, 'common_password');
      isProblem(await server.post('/register', { ...good, password: `Aa1-${'x'.repeat(125)}` }), 422, 'too_long', 'password');
      isProblem(await server.post('/register', { ...good, password: 'Brisk-heron-41\u0000x' }), 422, 'bad_value', 'password');
      const long = `Caf\u00e9-9-${randomBytes(50).toString('hex')}`;
      assert.equal((await server.post('/register', { ...good, password: long })).status, 201);
      const tries = { [long]: 200, [long.replace('\u00e9', 'e\u0301')]: 200, [long.slice(0, 79)]: 401, [`${long.slice(0, 72)}${long[72] === 'f' ? '0' : 'f'}${long.slice(73)}`]: 401,
        [long.toUpperCase()]: 401, [`${long}x`]: 401 };
      for (const [password, status] of Object.entries(tries)) assert.equal((await server.post('/login', { username: 'dana', password })).status, status, password);
    });

    test('SEC-012: public ids are random; numbers are no ids; unknown and foreign look alike', async () => {
      patient = await server.patient('pat1');
      other = await server.patient('pat2');
      doctor = await server.doctor('doc1');
      patient.submissions = [];
      for (let i = 0; i < 8; i++) {
        const sent = await server.uploadFile('/submit_audio', patient.token, media.tinyWav(), 'audio/wav', { notes: `remark ${i}` });
        assert.match(sent.body.id, UUID4);
        patient.submissions.push(sent.body.id);
      }
      assert.notDeepEqual([...patient.submissions].sort(), patient.submissions);
      for (const path of ['/get_result/1', '/api/v1/submissions/1', '/api/v1/submissions/../me', '/approve/1']) {
        const answer = await server.get(path, patient.token);
        assert.ok([404, 405].includes(answer.status), `${path}: ${answer.status}`);
      }
      const foreign = await server.get(`/api/v1/submissions/${patient.submissions[0]}`, other.token);
      const unknown = await server.get('/api/v1/submissions/5f1c5df9-5b7c-4bd1-9c5e-0c62c8b1a001', other.token);
      isProblem(foreign, 404, 'not_found');
      assert.equal(withoutId(foreign), withoutId(unknown));
    });

    test('SEC-070: what belongs to another person is not there, on every route with an id', async () => {
      const id = patient.submissions[0];
      for (const [method, path, json] of [['GET', `/submissions/${id}`], ['GET', `/submissions/${id}/media`], ['GET', `/submissions/${id}/events`]]) {
        isProblem(await server.call(method, `/api/v1${path}`, { token: other.token, json }), 404, 'not_found');
      }
      const session = (await server.get('/api/v1/me/sessions', patient.token)).body.results[0].id;
      isProblem(await server.call('DELETE', `/api/v1/me/sessions/${session}`, { token: other.token }), 404, 'not_found');
      assert.equal((await server.get('/me', patient.token)).status, 200);
      assert.deepEqual((await server.get('/api/v1/submissions', other.token)).body.results, []);
      assert.deepEqual((await server.get('/get_result', doctor.token)).body.results, [], 'a doctor\'s own submissions only');
    });

    test('SEC-071: the clinic\'s list is for confirmed doctors', async () => {
      isProblem(await server.get('/get_all_results', patient.token), 403, 'forbidden');
      isProblem(await server.get('/get_all_results', admin.token), 403, 'forbidden');
      isProblem(await server.get('/api/v1/submissions?scope=clinic', patient.token), 403, 'forbidden');
      const all = await server.get('/api/v1/submissions?scope=clinic&limit=100', doctor.token);
      assert.equal(all.status, 200);
      assert.deepEqual(new Set(all.body.results.map((one) => one.id)), new Set(patient.submissions));
      for (const one of all.body.results) {
        const keys = Object.keys(one);
        for (const text of ['transcribed_text', 'doctor_summary', 'extracted_text', 'patient_instructions', 'notes', 'question']) assert.ok(!keys.includes(text), text);
      }
    });

    test('SEC-047, SEC-030: tokens of the API doors: no cookie at /login, name or address at both, never token and cookie together', async () => {
      const plain = await server.post('/login', { username: 'pat1', password: PASSWORD });
      assert.equal(plain.headers['set-cookie'], undefined);
      assert.equal(plain.body.session_token, plain.body.access_token);
      assert.equal(plain.body.token_type, 'bearer');
      assert.equal(plain.body.expires_in, 86400);
      assert.ok(Math.abs(Date.parse(plain.body.expires_at) - Date.now() - 86_400_000) < 60_000);
      for (const [path, body] of [['/login', { username: 'pat1@home.example' }], ['/auth/login', { email: 'pat1@home.example' }], ['/auth/login', { email: 'pat1' }],
        ['/api/v1/login', { username: 'PAT1' }], ['/api/v1/auth/login', { email: 'Pat1@Home.example' }]]) {
        const answer = await server.post(path, { ...body, password: PASSWORD });
        assert.equal(answer.status, 200, `${path} ${JSON.stringify(body)}: ${answer.text}`);
        assert.equal((await server.get('/me', answer.body.access_token)).body.username, 'pat1');
        if (path.endsWith('/auth/login')) assert.match(cookies(answer)['__Host-rt'], /^[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=604800$/);
        else assert.deepEqual(cookies(answer), {});
      }
      isProblem(await server.get('/me', patient.token, { cookie: '__Host-at=abc' }), 400, 'ambiguous_auth');
      const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
      isProblem(await server.get('/me', patient.token, { headers: foreign }), 403, 'csrf');
      isProblem(await server.post('/login', { username: 'pat1', password: PASSWORD }, undefined, { headers: foreign }), 403, 'csrf');
      isProblem(await server.get('/me?session_token=' + patient.token), 401, 'token_invalid');
    });

    test('SEC-049 (as decided: standard profile): the access token says exactly what the seed asks for, and the session row decides', async () => {
      const seen = new Set();
      for (let i = 0; i < 3; i++) {
        const { token } = await server.logIn(patient);
        const [head, claims] = decode(token);
        assert.deepEqual(head, { alg: 'HS256', typ: 'JWT', kid: '1' });
        assert.deepEqual(Object.keys(claims).sort(), ['aud', 'email', 'exp', 'iat', 'iss', 'jti', 'sid', 'type', 'user_id']);
        assert.deepEqual([claims.email, claims.user_id, claims.type, claims.exp - claims.iat], ['pat1@home.example', patient.id, 'access', 86400]);
        assert.ok((await server.get('/api/v1/me/sessions', token)).body.results.some((one) => one.id === claims.sid && one.current));
        seen.add(claims.jti);
      }
      assert.equal(seen.size, 3);
    });

    test('SEC-050: forged, altered and foreign tokens are refused alike', async () => {
      const { SignJWT, UnsecuredJWT, generateKeyPair } = await load('jose');
      const [head, claims] = decode(patient.token);
      const [h, c, s] = patient.token.split('.');
      const secret = randomBytes(32);
      const { privateKey } = await generateKeyPair('RS256');
      const made = async (header, changed = {}, key = secret) => new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: '1', ...header }).sign(key);
      const bad = {
        none: new UnsecuredJWT(claims).encode(), None: `${part({ ...head, alg: 'None' })}.${c}.`, nOnE: `${part({ ...head, alg: 'nOnE' })}.${c}.${s}`,
        'wrong key': await made({}), HS512: await made({ alg: 'HS512' }, {}, randomBytes(64)), RS256: await made({ alg: 'RS256' }, {}, privateKey),
        'no signature': `${h}.${c}.`, 'cut signature': patient.token.slice(0, -4), 'two parts': `${h}.${c}`, 'signature of another': `${h}.${c}.${other.token.split('.')[2]}`,
        'claims of another': `${h}.${other.token.split('.')[1]}.${s}`, 'kid path': await made({ kid: '../../dev/null' }, {}, new Uint8Array(32)), 'kid SQL': await made({ kid: "' OR 1--" }),
        jku: await made({ jku: 'https://127.0.0.1:9/k' }), x5u: await made({ x5u: 'https://127.0.0.1:9/k' }), jwk: await made({ jwk: { kty: 'oct', k: secret.toString('base64url') } }),
        typ: await made({ typ: 'at+jwt' }, { type: 'refresh' }), 'aud other': await made({}, { aud: 'other' }), 'aud array': await made({}, { aud: ['medscribe'] }),
        'exp text': `${h}.${part({ ...claims, exp: 'later' })}.${s}`, 'exp -1': `${h}.${part({ ...claims, exp: -1 })}.${s}`,
        'exp 1e400': `${h}.${part(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e400'))}.${s}`, 'exp 2^63': `${h}.${part(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":9223372036854775808'))}.${s}`,
        'iat later': await made({}, { iat: claims.iat + 1e6, nbf: claims.iat + 1e6 }), 'double claim': `${h}.${part(JSON.stringify(claims).replace('{', '{"user_id":"x",'))}.${s}`,
        'padded base64': `${h}.${c}.${s}=`, 'other base64': patient.token.replace(/[-_]/g, '+'), 'five parts': `${h}.${c}.${s}.x.y`, 'empty parts': '..', dot: '.',
        deep: `${h}.${part('['.repeat(200) + ']'.repeat(200))}.${s}`, 'random text': randomBytes(32).toString('base64url'), 'hash of itself': createHash('sha256').update(patient.token).digest('hex'),
      };
      for (const [name, token] of Object.entries(bad)) {
        if (token === patient.token) continue;
        const answer = await server.get('/me', token);
        assert.equal(answer.status, 401, `${name}: ${answer.status} ${answer.text}`);
        isProblem(answer, 401, 'token_invalid');
        assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"', name);
      }
      isProblem(await server.get('/me', undefined, { headers: { Authorization: `Basic ${Buffer.from(`pat1:${PASSWORD}`).toString('base64')}` } }), 401, 'token_invalid');
      isProblem(await server.get('/me'), 401, 'token_invalid');
      isProblem(await server.get('/me', undefined, { cookie: `__Host-at=${patient.token}` }), 401, 'token_invalid');
      assert.equal((await server.get('/me', patient.token)).status, 200);
    });

    test('SEC-065: 1,000 mutated tokens open nothing', async () => {
      const token = patient.token;
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/';
      const counts = {};
      const one = async (i) => {
        const at = (i * 7919) % token.length;
        const kind = i % 4;
        let bad = token.slice(0, at) + alphabet[(alphabet.indexOf(token[at]) + 1 + (i % 60)) % alphabet.length] + token.slice(at + 1);
        if (kind === 1) bad = token.slice(0, at);
        if (kind === 2) bad = token + alphabet[i % alphabet.length];
        if (kind === 3) bad = token.slice(0, at) + token.slice(at + 1);
        if (bad === token) return;
        const answer = await server.get('/me', bad);
        counts[answer.status] = (counts[answer.status] ?? 0) + 1;
        if (answer.status === 401) assert.equal(answer.body.code, 'token_invalid');
      };
      for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => one(i + k)));
      assert.deepEqual(Object.keys(counts), ['401'], JSON.stringify(counts));
    });

    test('SEC-062: a session that an attacker chose is not taken over at the log-in', async () => {
      const planted = randomBytes(32).toString('base64url');
      const answer = await server.post('/api/v1/session', { login: 'pat1', password: PASSWORD }, undefined, { cookie: `__Host-at=${planted}; __Host-rt=${planted}` });
      assert.equal(answer.status, 200, answer.text);
      const value = cookies(answer)['__Host-at'];
      assert.match(value, /^[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=86400$/);
      assert.ok(!value.startsWith(planted));
      assert.ok(!answer.text.includes(value.split(';')[0]), 'the token is not in the body');
      assert.deepEqual(Object.keys(answer.body).sort(), ['csrf_token', 'user']);
      isProblem(await server.get('/me', undefined, { cookie: `__Host-at=${planted}` }), 401, 'token_invalid');
      const again = await server.post('/api/v1/session', { login: 'pat1', password: PASSWORD }, undefined, { cookie: `__Host-at=${value.split(';')[0]}` });
      assert.notEqual(cookies(again)['__Host-at'], value);
    });

    test('SEC-066: with the cookie, what changes something must come from our own page', async () => {
      const open = async () => {
        const answer = await server.post('/api/v1/session', { login: 'pat1', password: PASSWORD });
        return { cookie: `__Host-at=${cookies(answer)['__Host-at'].split(';')[0]}`, csrf: answer.body.csrf_token };
      };
      const [mine, second] = [await open(), await open()];
      assert.equal((await server.get('/me', undefined, { cookie: mine.cookie })).status, 200);
      const session = (await server.get('/api/v1/me/sessions', undefined, { cookie: second.cookie })).body.results.find((one) => one.current).id;
      const target = `/api/v1/me/sessions/${session}`;
      const refuse = async (options) => isProblem(await server.call('DELETE', target, { cookie: mine.cookie, ...options }), 403, 'csrf');
      await refuse({});
      await refuse({ csrf: second.csrf });
      await refuse({ csrf: `${mine.csrf}x` });
      await refuse({ csrf: mine.csrf, headers: { Origin: 'https://evil.example' } });
      await refuse({ csrf: mine.csrf, headers: { Origin: 'null' } });
      await refuse({ csrf: mine.csrf, headers: { 'Sec-Fetch-Site': 'cross-site' } });
      await refuse({ csrf: mine.csrf, headers: { 'Sec-Fetch-Site': 'same-site' } });
      isProblem(await server.uploadFile('/api/v1/submit_audio', undefined, media.tinyWav(), 'audio/wav', { options: { cookie: mine.cookie } }), 403, 'csrf');
      isProblem(await server.call('POST', '/api/v1/session', { body: JSON.stringify({ login: 'pat1', password: PASSWORD }), type: 'text/plain' }), 415, 'unsupported_media_type');
      assert.equal((await server.call('DELETE', target, { cookie: mine.cookie, csrf: mine.csrf, headers: { Origin: server.origin, 'Sec-Fetch-Site': 'same-origin' } })).status, 204);
      isProblem(await server.get('/me', undefined, { cookie: second.cookie }), 401, 'token_invalid');
    });

    test('SEC-060: after the log-out nothing of the session works, by each door', async () => {
      for (const [method, path] of [['POST', '/logout'], ['POST', '/auth/logout'], ['POST', '/api/v1/logout'], ['DELETE', '/api/v1/session']]) {
        const { token } = await server.logIn(patient);
        const answer = await server.call(method, path, { token });
        assert.equal(answer.status, 204, answer.text);
        assert.equal(answer.headers['clear-site-data'], '"cache","cookies","storage"');
        const set = cookies(answer);
        assert.equal(set['__Host-at'], '; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0');
        assert.equal(set['__Host-rt'], '; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0');
        isProblem(await server.get('/me', token), 401, 'token_invalid');
        assert.equal((await server.call(method, path, { token })).status, 204, 'a second time');
      }
      assert.equal((await server.get('/me', patient.token)).status, 200, 'other sessions stay');
    });

    test('I5, SEC-061: one\'s own sessions are listed and ended one by one', async () => {
      const { token } = await server.logIn(patient);
      const list = await server.get('/api/v1/me/sessions', patient.token, { headers: { 'User-Agent': 'test' } });
      const mine = list.body.results.filter((one) => one.current);
      assert.equal(mine.length, 1);
      assert.ok(!list.text.includes(patient.token) && !list.text.includes(token));
      const { sid } = decode(token)[1];
      assert.equal((await server.call('DELETE', `/api/v1/me/sessions/${sid}`, { token: patient.token })).status, 204);
      isProblem(await server.get('/me', token), 401, 'token_invalid');
      isProblem(await server.call('DELETE', `/api/v1/me/sessions/${sid}`, { token: patient.token }), 404, 'not_found');
    });

    test('SEC-007: a disabled account is out within a second, and cannot tell its password was right', async () => {
      const done = await server.post(`/api/v1/admin/users/${other.id}/disable`, undefined, admin.token);
      assert.equal(done.status, 200, done.text);
      assert.equal(done.body.role_state, 'disabled');
      const took = await until(async () => (await server.get('/me', other.token)).status === 401, 'the account is out');
      assert.ok(took <= promised(1000), `${took} ms`);
      isProblem(await server.get('/me', other.token), 401, 'token_invalid');
      const right = await server.post('/login', { username: 'pat2', password: PASSWORD });
      const wrong = await server.post('/login', { username: 'pat2', password: 'Other-heron-41' });
      const nobody = await server.post('/login', { username: 'nobody', password: PASSWORD });
      isProblem(right, 401, 'login_failed');
      assert.equal(withoutId(right), withoutId(wrong));
      assert.equal(withoutId(right), withoutId(nobody));
      assert.equal((await server.post(`/api/v1/admin/users/${other.id}/enable`, undefined, admin.token)).body.role_state, 'active');
      other = await server.logIn(other);
      isProblem(await server.post(`/api/v1/admin/users/${decode(admin.token)[1].user_id}/disable`, undefined, admin.token), 409, 'last_admin');
    });

    test('SEC-081: every answer has exactly the fields that the description promises, by role', async () => {
      const api = JSON.parse((await server.get('/api/v1/openapi.json')).text);
      assert.equal(api.openapi.slice(0, 3), '3.1');
      const id = patient.submissions[0];
      await server.settled(id, doctor.token);
      const problems = new Set();
      let checked = 0;
      const check = async (who, path, template = path) => {
        const answer = await server.get(`/api/v1${path}`, who.token);
        assert.equal(answer.status, 200, `${path}: ${answer.text}`);
        const key = Object.keys(api.paths).find((name) => name === `/api/v1${template}` || name === template);
        assert.ok(key, `${template} is described`);
        const schema = api.paths[key].get.responses['200'].content['application/json'].schema;
        for (const problem of schemaProblems(answer.body, schema, api)) problems.add(`${path} ${problem.replace(/\[\d+\]/g, '[]')}`);
        checked++;
      };
      for (const who of [patient, doctor, admin]) {
        for (const path of ['/me', '/me/sessions', '/me/access-log', '/get_result', '/submissions']) await check(who, path);
      }
      for (const who of [patient, doctor]) await check(who, `/submissions/${id}`, '/submissions/{id}');
      await check(doctor, '/get_all_results');
      await check(doctor, '/submissions?scope=clinic', '/submissions');
      for (const path of ['/admin/users', '/admin/audit', '/admin/audit/verify', '/admin/jobs']) await check(admin, path);
      assert.equal(checked, 23);
      assert.deepEqual([...problems], []);
      const own = await server.get(`/api/v1/submissions/${id}`, patient.token);
      for (const hidden of ['evidence', 'history']) assert.ok(!(hidden in own.body), `${hidden} is the doctor's`);
    });

    test('SEC-083: nothing personal is kept by a cache', async () => {
      for (const path of ['/me', '/get_result', '/api/v1/submissions', `/api/v1/submissions/${patient.submissions[0]}`, `/api/v1/submissions/${patient.submissions[0]}/media`, '/api/v1/me/access-log', '/nothing']) {
        const answer = await server.get(path, patient.token);
        assert.equal(answer.headers['cache-control'], 'no-store', path);
      }
      isProblem(await server.get('/get_result/x.css', patient.token), 404, 'not_found');
      const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => server.get('/me', [patient, other, doctor, admin][i % 4].token)));
      answers.forEach((answer, i) => assert.equal(answer.body.username, ['pat1', 'pat2', 'doc1', 'chief'][i % 4]));
    });
  });
}
