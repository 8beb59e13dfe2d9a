// Heads, hosts, methods, authentication, fields: what front lets through to core and what it refuses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, raw, start } from './harness.mjs';

let server;
before(async () => { server = await start(); });
after(async () => { assert.equal(await server.stop(), 0); });

const H = () => `Host: ${server.host}\r\n`;
const A = 'Authorization: Bearer abc\r\n';

test('SEC-096 SEC-097 TM-02: ambiguous or damaged heads are answered once, with 400, and the connection ends', async (t) => {
  const post = (headers, body = '') => `POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\n${headers}\r\n${body}`;
  const get = (headers) => `GET /api/v1/me HTTP/1.1\r\n${H()}${A}${headers}\r\n`;
  const smuggled = 'GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const cases = {
    'length and chunked': post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`),
    'chunked and length': post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${smuggled}`),
    'two lengths': post('Content-Length: 2\r\nContent-Length: 5\r\n', '{}   '),
    'two equal lengths': post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
    'length +5': post('Content-Length: +5\r\n', '{}   '),
    'length 0x5': post('Content-Length: 0x5\r\n', '{}   '),
    'length 5,5': post('Content-Length: 5,5\r\n', '{}   '),
    'length -1': post('Content-Length: -1\r\n'),
    'length empty': post('Content-Length: \r\n'),
    'length 2^64': post('Content-Length: 18446744073709551616\r\n'),
    'length 2^64-1': post('Content-Length: 18446744073709551615\r\n'),
    'xchunked': post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    'chunked, identity': post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
    'identity': post('Transfer-Encoding: identity\r\n', '{}'),
    'two encodings': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    'chunk size 2^64': post('Transfer-Encoding: chunked\r\n', '10000000000000000\r\n{}\r\n0\r\n\r\n'),
    'chunk size -1': post('Transfer-Encoding: chunked\r\n', '-1\r\n{}\r\n0\r\n\r\n'),
    'chunk size 0x2': post('Transfer-Encoding: chunked\r\n', '0x2\r\n{}\r\n0\r\n\r\n'),
    'chunk without end': post('Transfer-Encoding: chunked\r\n', '2\r\n{}x0\r\n\r\n'),
    'folded line': get('X-A: b\r\n c\r\n'),
    'folded first line': `GET /api/v1/me HTTP/1.1\r\n X: y\r\n${H()}${A}\r\n`,
    'blank before colon': get('X-A : b\r\n'),
    'Host :': `GET /api/v1/me HTTP/1.1\r\nHost : ${server.host}\r\n\r\n`,
    'bare LF': `GET /api/v1/me HTTP/1.1\n${H()}${A}\r\n`,
    'bare LF in the middle': `GET /api/v1/me HTTP/1.1\r\n${H()}X: y\n${A}\r\n`,
    'bare LF at the end': `GET /api/v1/me HTTP/1.1\r\n${H()}${A}\n`,
    'bare CR in a value': get('X-A: b\rc\r\n'),
    'NUL in a value': get('X-A: b\0c\r\n'),
    'NUL in a name': get('X\0A: b\r\n'),
    'control in a value': get('X-A: b\x01c\r\n'),
    'no colon': get('nonsense\r\n'),
    'empty name': get(': x\r\n'),
    'name with bracket': get('X(a): x\r\n'),
    'absolute address': `GET http://${server.host}/api/v1/me HTTP/1.1\r\n${H()}${A}\r\n`,
    'asterisk': `OPTIONS * HTTP/1.1\r\n${H()}\r\n`,
    'authority': `CONNECT ${server.host} HTTP/1.1\r\n${H()}\r\n`,
    'two blanks': `GET  /api/v1/me HTTP/1.1\r\n${H()}${A}\r\n`,
    'blank in address': `GET /api/v1/me x HTTP/1.1\r\n${H()}${A}\r\n`,
    'two hosts': `GET /api/v1/me HTTP/1.1\r\n${H()}${H()}${A}\r\n`,
    'no host': `GET /api/v1/me HTTP/1.1\r\n${A}\r\n`,
    'no host, 1.0': `GET /api/v1/me HTTP/1.0\r\n${A}\r\n`,
    'empty host': `GET /api/v1/me HTTP/1.1\r\nHost: \r\n${A}\r\n`,
    'host good:evil': `GET /api/v1/me HTTP/1.1\r\nHost: localhost:evil\r\n${A}\r\n`,
    'host a@b': `GET /api/v1/me HTTP/1.1\r\nHost: a@${server.host}\r\n${A}\r\n`,
    'host with a path': `GET /api/v1/me HTTP/1.1\r\nHost: ${server.host}/x\r\n${A}\r\n`,
    'version 1.2': `GET /api/v1/me HTTP/1.2\r\n${H()}${A}\r\n`,
    'version 2.0': `GET /api/v1/me HTTP/2.0\r\n${H()}${A}\r\n`,
    'version http/1.1': `GET /api/v1/me http/1.1\r\n${H()}${A}\r\n`,
    'chunked with 1.0': `POST /login HTTP/1.0\r\n${H()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'expect nonsense': post('Expect: 200-ok\r\nContent-Length: 2\r\n', '{}'),
    'raw byte in address': `GET /api/v1/m\xe9 HTTP/1.1\r\n${H()}${A}\r\n`,
    'fragment in address': `GET /api/v1/me#x HTTP/1.1\r\n${H()}${A}\r\n`,
  };
  for (const [name, bytes] of Object.entries(cases)) {
    await t.test(name, async () => {
      const { answers, closed, bytes: all } = await raw(server, bytes, { count: 2 });
      assert.ok(answers.length <= 1, 'one answer');
      if (answers.length === 0) assert.equal(all.length, 0, 'silence or a problem');
      else {
        assert.ok([400, 413].includes(answers[0].status), `status ${answers[0].status}`);
        assert.equal(answers[0].headers['content-type'], 'application/problem+json');
        assert.equal(answers[0].json.status, answers[0].status);
        assert.equal(answers[0].headers['x-content-type-options'], 'nosniff');
        assert.ok(answers[0].headers['x-request-id']);
      }
      assert.ok(closed, 'the connection ends');
    });
  }
});

test('SEC-096: what could hide a second request ends the connection', async () => {
  for (const bytes of [
    `POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n${H()}\r\n`,
    `GET /api/v1/me HTTP/1.1\r\n${H()}${A}X: y\n\nGET / HTTP/1.1\r\n${H()}\r\n`,
    `POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 60\r\n\r\n{}GET / HTTP/1.1\r\n${H()}\r\n`,
  ]) {
    const { answers } = await raw(server, bytes, { count: 2 });
    assert.equal(answers.length, 1);
    assert.equal(answers[0].status, 400);
  }
});

test('SEC-096: limits of the head', async () => {
  assert.equal((await call(server, 'GET', `/api/v1/${'a'.repeat(8300)}`)).status, 414);
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`X-${i}`, 'y']));
  assert.equal((await call(server, 'GET', '/api/v1/me', { headers: many })).status, 431);
  assert.equal((await call(server, 'GET', '/api/v1/me', { headers: { 'X-A': 'y'.repeat(33000) } })).status, 431);
  const fine = Object.fromEntries(Array.from({ length: 55 }, (_, i) => [`X-${i}`, 'y']));
  assert.equal((await call(server, 'GET', '/api/v1/me', { headers: fine })).status, 200);
  const huge = await raw(server, `GET /${'a'.repeat(200000)} HTTP/1.1\r\n${H()}\r\n`);
  assert.ok(huge.answers.length === 0 || huge.answers[0].status === 414);
});

test('chunked bodies, trailers and expectations work', async () => {
  const chunked = await raw(server, [`POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`, 20,
    '10\r\n{"username":"a",\r\n', 20, 'f;x=y\r\n"password":"b"}\r\n0\r\nX-Trailer: z\r\n\r\n']);
  assert.equal(chunked.answers[0].status, 200);
  assert.deepEqual(chunked.answers[0].json.fields, { username: 'a', password: 'b' });
  const body = '{"username":"a","password":"b"}';
  const expected = await raw(server, [`POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`, 100, body]);
  assert.match(expected.bytes.toString(), /^HTTP\/1.1 100 /);
  assert.equal(expected.answers[0].status, 200);
  const refused = await raw(server, [`POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n`]);
  assert.equal(refused.answers[0].status, 413);
  assert.doesNotMatch(refused.bytes.toString(), / 100 /);
});

test('requests one behind the other are answered in order, also byte by byte', async () => {
  const one = (q) => `GET /api/v1/submissions?limit=${q} HTTP/1.1\r\n${H()}${A}\r\n`;
  const all = await raw(server, one(1) + one(2) + one(3), { count: 3 });
  assert.deepEqual(all.answers.map((a) => a.json.fields.limit), [1, 2, 3]);
  const slow = await raw(server, [...one(7)].flatMap((c) => [c, 1]));
  assert.equal(slow.answers[0].json.fields.limit, 7);
});

test('SEC-094: methods', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'PATCH', 'get', 'OPTIONS', 'BREW']) {
    const a = await call(server, method, '/api/v1/me');
    assert.equal(a.status, 405, method);
    assert.equal(a.headers.allow, 'GET, HEAD');
    assert.equal(a.json.code, 'method_not_allowed');
  }
  assert.equal((await call(server, 'GET', '/api/v1/login')).headers.allow, 'POST');
  assert.equal((await call(server, 'PUT', '/api/v1/session')).headers.allow, 'GET, HEAD, POST, DELETE');
  assert.equal((await call(server, 'GET', '/api/v1/logout', { headers: { 'X-HTTP-Method-Override': 'POST' } })).status, 405);
  const get = await call(server, 'GET', '/api/v1/me');
  const head = await call(server, 'HEAD', '/api/v1/me');
  assert.equal(head.status, 200);
  assert.deepEqual(Object.keys(head.headers), Object.keys(get.headers));
  assert.equal(head.headers['content-length'], get.headers['content-length']);
});

test('SEC-095 SEC-083: unknown places', async () => {
  for (const path of ['/.git/HEAD', '/.env', '/metrics.txt', '/api', '/api/v1', '/api/v1/', '/api/v1/me/', '/api/v1/../v1/me', '/api/v1//me', '/api/v1/%6de',
    '/get_result/x.css', '/api/v1/get_result/x.css', '/api/v2/me', '/index.html', '/api/v1/me;x=y', '/api/v1/submissions//media', '/a%2eb']) {
    const a = await call(server, 'GET', path);
    assert.equal(a.status, 404, path);
    assert.deepEqual(Object.keys(a.json).sort(), ['code', 'request_id', 'status', 'title', 'type']);
    assert.equal(a.headers.server, undefined);
  }
});

test('SEC-097: hosts', async () => {
  for (const host of [server.host, `localhost:${server.port}`, `LOCALHOST:${server.port}`, `[::1]:${server.port}`])
    assert.equal((await call(server, 'GET', '/api/v1/me', { headers: { Host: host } })).status, 200, host);
  for (const host of ['evil.example', `evil.example:${server.port}`, 'localhost', 'localhost:1', `localhost.evil:${server.port}`])
    assert.equal((await call(server, 'GET', '/api/v1/me', { headers: { Host: host } })).status, 421, host);
});

test('SEC-047 SEC-065: tokens', async () => {
  const both = await call(server, 'GET', '/api/v1/me', { headers: { Cookie: '__Host-at=x' } });
  assert.equal(both.status, 400);
  assert.equal(both.json.code, 'ambiguous_auth');
  assert.equal((await call(server, 'GET', '/api/v1/me', { token: null, headers: { Cookie: 'a=b; __Host-at=tok; c=d' } })).status, 200);
  assert.equal((await call(server, 'GET', '/api/v1/me', { token: null, headers: { Cookie: '__Host-at=a; __Host-at=b' } })).status, 400);
  for (const authorization of ['Bearer ', 'Bearer a b', 'Basic abc', 'Bearer \xff\xfe', `Bearer ${'a'.repeat(1025)}`, 'abc', 'Bearer "x"']) {
    const a = await call(server, 'GET', '/api/v1/me', { token: null, headers: { Authorization: authorization } });
    assert.equal(a.status, 401, authorization);
    assert.equal(a.headers['www-authenticate'], 'Bearer error="invalid_token"');
  }
  const huge = await call(server, 'GET', '/api/v1/me', { token: null, headers: { Authorization: `Bearer ${'a'.repeat(1 << 20)}` } }).catch(() => null);
  assert.ok(huge === null || huge.status === 431);
  const none = await call(server, 'GET', '/api/v1/me', { token: null });
  assert.equal(none.json.code, 'token_invalid');
  const echo = await call(server, 'GET', '/api/v1/me/sessions', { headers: { 'User-Agent': 'x\xe9y' } });
  assert.equal(echo.json.auth, 'bearer');
  assert.equal(echo.json.token, 'abc');
  assert.equal(echo.json.user_agent, 'x?y');
});

test('SEC-047 SEC-066 SEC-092: requests that another site made the browser send', async () => {
  const own = `http://localhost:${server.port}`;
  const cookie = { Cookie: '__Host-at=tok' };
  const csrf = { ...cookie, 'X-CSRF-Token': 'c' };
  const post = (headers, token = null) => call(server, 'POST', '/api/v1/submissions/6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f/return',
    { token, headers: { 'If-Match': '"v3"', ...headers }, body: { question: 'q' } });
  assert.equal((await post(csrf)).status, 200);
  assert.equal((await post({ ...csrf, Origin: own, 'Sec-Fetch-Site': 'same-origin' })).status, 200);
  for (const headers of [cookie, { ...csrf, Origin: 'https://evil.example' }, { ...csrf, Origin: 'null' }, { ...csrf, Origin: `https://localhost:${server.port}` },
    { ...csrf, 'Sec-Fetch-Site': 'cross-site' }, { ...csrf, 'Sec-Fetch-Site': 'same-site' }, { ...csrf, Origin: `${own}.evil` }]) {
    const a = await post(headers);
    assert.equal(a.status, 403, JSON.stringify(headers));
    assert.equal(a.json.code, 'csrf');
    assert.equal(a.headers['access-control-allow-origin'], undefined);
  }
  assert.equal((await post({ Origin: 'https://app.example' }, 'abc')).status, 200, 'a program with a token may say any origin');
  assert.equal((await post({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }, 'abc')).status, 403);
  assert.equal((await call(server, 'GET', '/api/v1/me', { headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
  const login = { body: { login: 'a', password: 'b' }, token: null };
  assert.equal((await call(server, 'POST', '/api/v1/session', { ...login, headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' } })).status, 403);
  assert.equal((await call(server, 'POST', '/api/v1/session', { ...login, headers: { Cookie: '__Host-at=stale', 'Sec-Fetch-Site': 'same-origin', Origin: own } })).status, 200);
  const preflight = await call(server, 'OPTIONS', '/api/v1/me', { token: null, headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' } });
  assert.equal(preflight.status, 405);
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
});

test('SEC-046 SEC-060: cookies', async () => {
  const login = await call(server, 'POST', '/api/v1/session', { token: null, body: { login: 'a', password: 'b' } });
  assert.equal(login.headers['set-cookie'], '__Host-at=abcDEF123-_abcDEF123-_abcDEF123-_abcDEF123-; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=86400');
  const refresh = await call(server, 'POST', '/auth/login', { token: null, body: { email: 'A@B.example', password: 'b' } });
  assert.match(refresh.headers['set-cookie'], /^__Host-rt=/);
  for (const [method, path] of [['POST', '/logout'], ['POST', '/auth/logout'], ['DELETE', '/api/v1/session'], ['POST', '/api/v1/auth/logout']]) {
    const out = await call(server, method, path);
    assert.equal(out.status, 204, path);
    assert.equal(out.headers['clear-site-data'], '"cache","cookies","storage"');
    assert.deepEqual(out.headers['set-cookie'], ['__Host-at=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0', '__Host-rt=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0']);
  }
});

test('SEC-112: every kind of field says what is wrong and which it is', async (t) => {
  const good = { username: 'patient one', email: 'a@b.example', password: 'Correct-Horse-7', user_type: 'patient' };
  const send = (body) => call(server, 'POST', '/register', { token: null, body });
  assert.equal((await send(good)).status, 201);
  const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;
  const cases = [
    ['missing', { ...good, email: undefined }, 422, 'missing_field', 'email'],
    ['null', { ...good, email: null }, 422, 'wrong_type', 'email'],
    ['number', { ...good, email: 5 }, 422, 'wrong_type', 'email'],
    ['array', { ...good, email: ['a@b.example'] }, 422, 'wrong_type', 'email'],
    ['object', { ...good, email: {} }, 422, 'wrong_type', 'email'],
    ['long', { ...good, username: 'x'.repeat(640) }, 422, 'too_long', 'username'],
    ['short', { ...good, username: 'x' }, 422, 'too_short', 'username'],
    ['unknown', { ...good, role: 'admin' }, 422, 'unknown_field', 'role'],
    ['__proto__', JSON.stringify(good).replace('{', '{"__proto__":{},'), 422, 'unknown_field', '__proto__'],
    ['word', { ...good, user_type: 'admin' }, 422, 'bad_value', 'user_type'],
    ['twice', JSON.stringify(good).replace('{', '{"email":"x@y.example",'), 422, 'duplicate_key', 'email'],
    ['deep', `{"username":${deep(17)}}`, 400, 'too_deep'],
    ['many', JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 1]))), 400, 'too_many_fields'],
    ['1e400', '{"username":1e400}', 400, 'bad_json'],
    ['2^63', '{"username":9223372036854775808}', 400, 'bad_json'],
    ['lone surrogate', '{"username":"\\ud800abc"}', 400, 'bad_json'],
    ['BOM', `\ufeff${JSON.stringify(good)}`, 400, 'bad_json'],
    ['not JSON', 'username=a', 400, 'bad_json'],
    ['array at the top', '[]', 400, 'bad_json'],
    ['two documents', '{}{}', 400, 'bad_json'],
    ['nothing', '', 422, 'missing_field', 'username'],
    ['invalid UTF-8', Buffer.from(JSON.stringify(good).replace('patient one', 'pa\xfftient'), 'latin1'), 422, 'invalid_utf8', 'username'],
    ['NUL', JSON.stringify({ ...good, password: 'a\0b' }), 422, 'bad_value', 'password'],
    ['mail with line', { ...good, email: 'a@b.c\r\nBcc:x@y.z' }, 422, 'bad_value', 'email'],
    ['mail without dot', { ...good, email: 'a@b' }, 422, 'bad_value', 'email'],
    ['mail with bidi', { ...good, email: 'a\u202eb@c.example' }, 422, 'bad_value', 'email'],
    ['name with bidi', { ...good, username: 'pat\u202eient' }, 422, 'bad_value', 'username'],
    ['name with markup', { ...good, username: '<script>' }, 422, 'bad_value', 'username'],
  ];
  for (const [name, body, status, code, field] of cases) {
    await t.test(name, async () => {
      const a = await send(body);
      assert.equal(a.status, status, a.text);
      assert.equal(a.json.code, code);
      assert.equal(a.json.field, field);
      assert.equal(a.headers['content-type'], 'application/problem+json');
    });
  }
  const canonical = await send({ ...good, username: 'Jose\u0301', email: 'A.B@EXAMPLE.Com' });
  assert.deepEqual([canonical.json.fields.username, canonical.json.fields.email], ['Jos\u00e9', 'a.b@example.com']);
});

test('SEC-112 SEC-082: queries, paths and headers', async () => {
  const id = '6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f';
  const list = await call(server, 'GET', '/api/v1/submissions?limit=100000&status=draft&type=audio&scope=clinic&cursor=abc_-1');
  assert.deepEqual(list.json.fields, { limit: 100000, cursor: 'abc_-1', status: 'draft', type: 'audio', scope: 'clinic' });
  for (const [query, status, code, field] of [['limit=0', 422, 'bad_value', 'limit'], ['limit=-1', 422, 'bad_value', 'limit'], ['limit=1.0', 422, 'bad_value', 'limit'],
    ['limit=9223372036854775808', 422, 'bad_value', 'limit'], ['limit=1&limit=2', 422, 'duplicate_key', 'limit'], ['x=1', 422, 'unknown_field', 'x'],
    ['status=x', 422, 'bad_value', 'status'], ['cursor=a%20b', 400, 'bad_cursor', 'cursor'], ['limit=%', 400, 'bad_request', undefined], ['scope=%ff', 422, 'invalid_utf8', 'scope']]) {
    const a = await call(server, 'GET', `/api/v1/submissions?${query}`);
    assert.deepEqual([a.status, a.json.code], [status, code], query);
    if (field) assert.equal(a.json.field, field);
  }
  for (const bad of ['1', id.toUpperCase(), `${id}x`, 'x', `{${id}}`]) assert.equal((await call(server, 'GET', `/api/v1/submissions/${bad}`)).status, 404, bad);
  assert.equal((await call(server, 'GET', `/api/v1/submissions/${id}`)).json.fields.id, id);
  const put = (ifMatch, path = `/api/v1/approve/${id}`) => call(server, 'PUT', path, { headers: { 'If-Match': ifMatch } });
  assert.equal((await put('"v4"')).json.fields['If-Match'], 4);
  for (const bad of ['W/"v4"', '*', '"4"', 'v4', '"v4","v5"', '"v-1"', '"v9223372036854775808"']) {
    const a = await put(bad);
    assert.deepEqual([a.status, a.json.code], [400, 'bad_request'], bad);
  }
  const missing = await call(server, 'PUT', `/api/v1/submissions/${id}/draft`, { body: { text: 'x' } });
  assert.deepEqual([missing.status, missing.json.code], [428, 'version_required']);
});

test('SEC-115: clinical text passes byte for byte', async () => {
  const id = '6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f';
  for (const text of ['x < 5 & y > 3 "\u00b5g"', "O'Brien", 'e\u0301 stays as it is', '</script><img src=x>', 'line\none\ttab', '\u202eright to left', '\u{1f48a} x 2', "x' OR '1'='1"]) {
    const a = await call(server, 'PUT', `/api/v1/submissions/${id}/draft`, { headers: { 'If-Match': '"v1"' }, body: { text } });
    assert.equal(a.json.fields.text, text);
    assert.doesNotMatch(a.text, /<\/script/);
  }
});

test('SEC-098 SEC-113: body encodings and types', async () => {
  const body = { username: 'a', password: 'b' };
  for (const encoding of ['gzip', 'deflate', 'zstd', 'br']) assert.equal((await call(server, 'POST', '/login', { body, headers: { 'Content-Encoding': encoding } })).status, 415);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'multipart/form-data; boundary=x'])
    assert.equal((await call(server, 'POST', '/login', { body, headers: { 'Content-Type': type } })).status, 415, type);
  assert.equal((await call(server, 'POST', '/login', { body, headers: { 'Content-Type': null } })).status, 415);
  assert.equal((await call(server, 'POST', '/login', { body, headers: { 'Content-Type': 'Application/JSON; charset=utf-8' } })).status, 200);
  assert.equal((await call(server, 'POST', '/login', { body: ' '.repeat(65537) })).status, 413);
  const chunked = await raw(server, [`POST /login HTTP/1.1\r\n${H()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`, `20000\r\n${' '.repeat(0x20000)}\r\n`]);
  assert.equal(chunked.answers[0].status, 413);
  const plain = await call(server, 'GET', '/api/v1/me', { headers: { 'Accept-Encoding': 'gzip, br', Accept: 'text/html' } });
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.headers['content-type'], 'application/json');
});

test('old paths say where they moved', async () => {
  const id = '6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f';
  const old = await call(server, 'PUT', `/approve/${id}`);
  assert.equal(old.status, 200);
  assert.equal(old.headers.deprecation, '@1763769600');
  assert.equal(old.headers.sunset, 'Fri, 31 Dec 2027 23:59:59 GMT');
  assert.equal(old.headers.link, `</api/v1/approve/${id}>; rel="successor-version"`);
  assert.equal((await call(server, 'GET', '/api/v1/me')).headers.deprecation, undefined);
});
