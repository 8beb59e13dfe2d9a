// Uploads, files, streams, pages, limits, slow clients, the end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { call, form, formType, memoryKiB, peakKiB, raw, sleep, start, sum, wav } from './harness.mjs';

const id = '6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f';
let server;
before(async () => { server = await start({ settings: ['max_audio_mib=2', 'max_picture_mib=1'] }); });
after(async () => { assert.equal(await server.stop(), 0); });

const upload = (parts, { path = '/submit_audio', token = 'abc', headers = {}, boundary, ...options } = {}) =>
  call(server, 'POST', path, { token, body: Array.isArray(parts) ? form(parts, boundary) : parts, headers: { ...formType(boundary), ...headers }, ...options });
const file = (bytes, type = 'audio/wav', name = 'a.wav') => ({ name: 'file', file: name, type, bytes });

test('an upload reaches core whole, with its text fields before and after the file', async () => {
  const bytes = wav(3); // 96 KB: more than one chunk
  for (const parts of [[file(bytes)], [{ name: 'notes', value: 'before' }, file(bytes)], [file(bytes), { name: 'notes', value: 'after\r\nline' }]]) {
    const a = await upload(parts);
    assert.equal(a.status, 201, a.text);
    assert.equal(a.json.bytes, bytes.length);
    assert.equal(a.json.sum, sum(bytes));
    assert.equal(a.json.fields.file, 'audio/wav');
    assert.equal(a.json.fields.notes, parts.length === 1 ? undefined : parts[0].value ?? 'after\nline');
  }
  const small = wav(0.05);
  assert.equal((await upload([file(small)])).json.sum, sum(small));
});

test('an upload in any pieces, chunked or not, is the same upload', async () => {
  const bytes = Buffer.concat([wav(0.3)]);
  const body = form([file(bytes), { name: 'notes', value: 'n' }]);
  const head = `POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\nContent-Type: multipart/form-data; boundary="xXboundaryXx"\r\n`;
  for (const size of [1000, 4097, 7]) {
    const pieces = [`${head}Transfer-Encoding: chunked\r\n\r\n`];
    for (let at = 0; at < body.length; at += size) {
      const part = body.subarray(at, at + size);
      pieces.push(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]));
    }
    const { answers } = await raw(server, [...pieces, '0\r\n\r\n']);
    assert.equal(answers[0].status, 201);
    assert.equal(answers[0].json.sum, sum(bytes));
  }
});

test('SEC-121: what the file is, what it is said to be, and where it goes must agree', async () => {
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
  for (const [parts, path, status] of [
    [[file(wav(), 'audio/x-wav')], '/submit_audio', 201],
    [[file(wav(), 'application/octet-stream', 'blob')], '/submit_audio', 201],
    [[file(wav(), 'audio/flac')], '/submit_audio', 415],
    [[file(wav(), 'audio/wav', 'a.mp3')], '/submit_audio', 415],
    [[file(wav(), 'audio/wav', 'a.php')], '/submit_audio', 415],
    [[file(wav())], '/submit_prescription', 415],
    [[file(jpeg, 'image/jpeg', 'a.jpg')], '/submit_audio', 415],
    [[file(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'.padEnd(200)), 'image/svg+xml', 'a.svg')], '/submit_prescription', 415],
    [[file(Buffer.from('PK\x03\x04'.padEnd(300)), 'audio/wav')], '/submit_audio', 415],
    [[file(Buffer.alloc(0))], '/submit_audio', 422],
    [[file(Buffer.from('R'))], '/submit_audio', 422],
  ]) {
    const a = await upload(parts, { path });
    assert.equal(a.status, status, `${parts[0].type} ${parts[0].file} ${path}: ${a.text}`);
  }
});

test('SEC-120: hostile file names do no harm', async () => {
  for (const name of ['../../x.wav', 'C:\\x.wav', `${'n'.repeat(300)}.wav`, '\u202ex.wav', '.htaccess.wav', "a';b.wav", '%00.wav'])
    assert.equal((await upload([file(wav(), 'audio/wav', Buffer.from(name).toString('latin1'))])).status, 201, name);
  for (const name of ['a";b.wav', 'a\0.wav']) assert.equal((await upload([file(wav(), 'audio/wav', name)])).status, 400, name);
});

test('SEC-126: broken forms', async (t) => {
  const part = (head, body = 'x') => `--b\r\n${head}\r\n\r\n${body}\r\n`;
  const f = `--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n${wav().toString('latin1')}\r\n`;
  const notes = part('Content-Disposition: form-data; name="notes"');
  const cases = {
    'no boundary': [`${f}--b--\r\n`, 'multipart/form-data', 400],
    'empty boundary': [`${f}--b--\r\n`, 'multipart/form-data; boundary=', 400],
    'empty quoted boundary': [`${f}--b--\r\n`, 'multipart/form-data; boundary=""', 400],
    'boundary of 257': [`${f}--b--\r\n`, `multipart/form-data; boundary=${'b'.repeat(257)}`, 400],
    'two boundaries': [`${f}--b--\r\n`, 'multipart/form-data; boundary=b; boundary=c', 400],
    'missing end': [f, null, 400],
    'cut in the end': [`${f}--b-`, null, 400],
    'line feeds only': [`${f}--b--\r\n`.replaceAll('\r\n', '\n'), null, 400],
    'nested form': [`${part('Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=c')}--b--\r\n`, null, 400],
    'many parts': [`${notes.repeat(10000)}--b--\r\n`.slice(0, 60000), null, 422],
    'two files': [`${f}${f}--b--\r\n`, null, 422],
    'two notes': [`${notes}${notes}${f}--b--\r\n`, null, 422],
    'notes on both sides': [`${notes}${f}${notes}--b--\r\n`, null, 422],
    'unknown part': [`${part('Content-Disposition: form-data; name="role"')}${f}--b--\r\n`, null, 422],
    'file without a name': [`${part('Content-Disposition: form-data; name="file"')}--b--\r\n`, null, 422],
    'head of 5 KiB': [`${part(`Content-Disposition: form-data; name="notes"\r\nX: ${'y'.repeat(5000)}`)}--b--\r\n`, null, 400],
    'no disposition': [`${part('X: y')}--b--\r\n`, null, 400],
    'no name': [`${part('Content-Disposition: form-data')}--b--\r\n`, null, 400],
    'attachment': [`${part('Content-Disposition: attachment; name="notes"')}--b--\r\n`, null, 400],
    'base64': [`${part('Content-Disposition: form-data; name="notes"\r\nContent-Transfer-Encoding: base64')}--b--\r\n`, null, 400],
    'folded': [`${part('Content-Disposition: form-data;\r\n name="notes"')}--b--\r\n`, null, 400],
    'something before': [`hello\r\n${f}--b--\r\n`, null, 400],
    'something after': [`${f}--b--\r\nhello`, null, 400],
    'text after a delimiter': [`${f}--bx\r\n--b--\r\n`, null, 400],
    'no parts': ['--b--\r\n', null, 400],
    'empty': ['', null, 400],
    'only notes': [`${notes}--b--\r\n`, null, 422],
    'filename*': [`${f.replace('filename="a.wav"', "filename*=UTF-8''a.wav")}--b--\r\n`, null, 201],
    'whole': [`${f}--b--\r\n`, null, 201],
    'without the last line end': [`${f}--b--`, null, 201],
    'quoted boundary': [`${f}--b--\r\n`, 'multipart/form-data; charset=utf-8; boundary="b"', 201],
  };
  for (const [name, [body, type, status]] of Object.entries(cases))
    await t.test(name, async () => {
      const a = await upload(Buffer.from(body, 'latin1'), { headers: { 'Content-Type': type ?? 'multipart/form-data; boundary=b' } });
      assert.equal(a.status, status, a.text);
    });
});

test('SEC-122: too large is said before or while it comes', async () => {
  const head = `POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\nContent-Type: multipart/form-data; boundary=b\r\n`;
  const known = await raw(server, `${head}Content-Length: ${3 << 20}\r\n\r\n`, { count: 2 });
  assert.equal(known.answers[0].status, 413);
  assert.ok(known.closed);
  const part = `--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
  const block = wav(2);
  const pieces = [`${head}Transfer-Encoding: chunked\r\n\r\n${part.length.toString(16)}\r\n${part}\r\n`];
  for (let i = 0; i < 40; i++) pieces.push(Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from('\r\n')]));
  const unknown = await raw(server, pieces, { count: 2 });
  assert.equal(unknown.answers[0].status, 413);
  assert.equal(unknown.answers.length, 1);
  assert.ok(await server.log_has('cancelled'));
  assert.equal((await upload([file(wav(20))], { path: '/submit_prescription' })).status, 415);
});

test('an answer may come before the body has', async () => {
  for (const [token, status] of [['quota', 507], ['denied', 401]]) {
    const a = await upload([file(wav(30))], { token });
    assert.equal(a.status, status);
    assert.equal(a.headers.connection, 'close');
  }
});

test('core sets the pace; a client that leaves is reported', async () => {
  const bytes = wav(30);
  const slow = await upload([file(bytes)], { token: 'slow' });
  assert.equal(slow.json.sum, sum(bytes));
  const socket = net.connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  const body = form([file(Buffer.concat([wav(60)]))]);
  socket.write(`POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer hold\r\nContent-Type: multipart/form-data; boundary=xXboundaryXx\r\nContent-Length: ${body.length}\r\n\r\n`);
  socket.write(body.subarray(0, 700000));
  await sleep(300);
  assert.equal((await call(server, 'GET', '/api/v1/me')).status, 200);
  server.log = '';
  socket.destroy();
  const other = net.connect(server.port, '127.0.0.1');
  other.on('error', () => {});
  other.write(`POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\nContent-Type: multipart/form-data; boundary=xXboundaryXx\r\nContent-Length: ${body.length}\r\n\r\n`);
  other.write(body.subarray(0, 100000));
  await sleep(200);
  other.destroy();
  assert.ok(await server.log_has('cancelled'));
});

test('100 MiB in constant memory', async () => {
  const big = await start({ settings: ['max_audio_mib=200'] });
  const head = `--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
  const bytes = wav(1);
  const data = (100 << 20) - 44;
  bytes.writeUInt32LE(data + 36, 4);
  bytes.writeUInt32LE(data, 40);
  const start_kib = memoryKiB(big.pid);
  const end = '\r\n--b--\r\n';
  const total = head.length + 44 + data + end.length;
  const answer = await new Promise((resolve) => {
    const socket = net.connect(big.port, '127.0.0.1');
    let text = '';
    socket.on('data', (d) => { text += d; if (text.includes('"sum"')) resolve(text); });
    socket.write(`POST /submit_audio HTTP/1.1\r\nHost: ${big.host}\r\nAuthorization: Bearer abc\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${total}\r\n\r\n${head}`);
    socket.write(bytes.subarray(0, 44));
    const block = Buffer.alloc(1 << 20, 7);
    let left = data;
    const more = () => {
      while (left > 0) {
        const n = Math.min(left, block.length);
        left -= n;
        if (!socket.write(block.subarray(0, n))) return void socket.once('drain', more);
      }
      socket.write(end);
    };
    more();
  });
  assert.match(answer, /"bytes":104857600/);
  const grown = peakKiB(big.pid) - start_kib;
  assert.ok(grown < 8192, `${grown} KiB more`);
  assert.equal(await big.stop(), 0);
});

test('SEC-128: files and ranges', async () => {
  const get = (range, method = 'GET') => call(server, method, `/api/v1/submissions/${id}/media`, { headers: range ? { Range: range } : {} });
  const pattern = (from, n) => Buffer.from(Array.from({ length: n }, (_, i) => ((from + i) * 31 + ((from + i) >>> 8)) & 255));
  const whole = await get();
  assert.equal(whole.status, 200);
  assert.equal(whole.body.length, 1 << 20);
  assert.ok(whole.body.equals(pattern(0, 1 << 20)));
  assert.equal(whole.headers['content-type'], 'audio/wav');
  assert.match(whole.headers['content-disposition'], /^attachment/);
  assert.match(whole.headers['content-security-policy'], /sandbox/);
  assert.equal(whole.headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(whole.headers['cache-control'], 'no-store');
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  for (const [range, status, from, n] of [['bytes=0-0', 206, 0, 1], ['bytes=-1', 206, (1 << 20) - 1, 1], ['bytes=1000-70999', 206, 1000, 70000], ['bytes=1048570-', 206, 1048570, 6],
    ['bytes=5-2', 200], ['bytes=0-1,3-4', 200], [`bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join(',')}`, 200], ['bytes=x', 200], ['lines=1-2', 200],
    ['bytes=1048576-', 416], ['bytes=-0', 416], ['bytes=18446744073709551616-', 200]]) {
    const a = await get(range);
    assert.equal(a.status, status, range.slice(0, 40));
    if (status === 206) {
      assert.ok(a.body.equals(pattern(from, n)));
      assert.equal(a.headers['content-range'], `bytes ${from}-${from + n - 1}/1048576`);
    }
    if (status === 416) assert.equal(a.headers['content-range'], 'bytes */1048576');
  }
  const head = await get(undefined, 'HEAD');
  assert.equal(head.headers['content-length'], String(1 << 20));
  assert.equal(head.body.length, 0);
  const broken = await call(server, 'GET', `/api/v1/submissions/${id}/media`, { token: 'broken' });
  assert.ok(broken.body.length < 1 << 20 && broken.closed);
});

test('events come as they happen', async () => {
  const { answers, bytes } = await raw(server, `GET /api/v1/submissions/${id}/events HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\n\r\n`);
  assert.equal(answers[0].headers['content-type'], 'text/event-stream');
  assert.match(answers[0].text, /percent":30[^]*percent":60[^]*percent":90/);
  assert.match(bytes.toString(), /0\r\n\r\n$/);
  server.log = '';
  await raw(server, `GET /api/v1/submissions/${id}/events HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer quiet\r\n\r\n`, { ms: 300 });
});

test('a late answer arrives, others meanwhile', async () => {
  const late = call(server, 'GET', '/api/v1/me', { token: 'late' });
  await sleep(50);
  for (let i = 0; i < 20; i++) assert.equal((await call(server, 'GET', '/api/v1/me')).status, 200);
  assert.equal((await late).status, 200);
  const keep = await raw(server, [`GET /me HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer late\r\n\r\nGET /me HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\n\r\n`], { count: 2 });
  assert.deepEqual(keep.answers.map((a) => a.status), [200, 200]);
});

test('SEC-090 SEC-116: pages', async () => {
  const nonces = new Set();
  for (const path of ['/', '/login', '/register', '/setup?token=x', '/patient/home', '/doctor', '/admin/users', '/account', '/nowhere']) {
    const a = await call(server, 'GET', path, { token: null });
    assert.equal(a.status, 200, path);
    assert.match(a.headers['content-type'], /^text\/html/);
    const nonce = /'nonce-([A-Za-z0-9_-]{22})'/.exec(a.headers['content-security-policy'])[1];
    nonces.add(nonce);
    assert.ok(a.text.includes(nonce) && !a.text.includes('__CSP_NONCE__'));
    assert.match(a.headers['content-security-policy'], /default-src 'none'; script-src 'self'; .*require-trusted-types-for 'script'/);
    assert.match(a.headers['permissions-policy'], /microphone=\(self\), camera=\(self\)/);
    assert.equal(a.headers['cache-control'], 'no-store');
  }
  assert.equal(nonces.size, 9);
  assert.equal((await call(server, 'POST', '/patient', { token: null })).status, 405);
  const page = await call(server, 'GET', '/', { token: null });
  const asset = /(?:src|href)="(\/assets\/[^"]+)"/.exec(page.text)?.[1];
  if (asset) {
    const a = await call(server, 'GET', asset, { token: null });
    assert.equal(a.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal((await call(server, 'GET', asset, { token: null, headers: { 'If-None-Match': a.headers.etag } })).status, 304);
  }
});

test('SEC-085 SEC-090 SEC-093: headers on every answer', async () => {
  for (const a of [await call(server, 'GET', '/api/v1/me'), await call(server, 'GET', '/api/v1/nothing'), await call(server, 'GET', '/', { token: null }),
    await call(server, 'GET', '/api/v1/openapi.json', { token: null }), await call(server, 'POST', '/logout'), await call(server, 'GET', '/api/v1/me', { token: 'storage' }),
    (await raw(server, 'nonsense\r\n\r\n')).answers[0] ?? (await call(server, 'GET', '/x.y'))]) {
    assert.equal(a.headers['x-content-type-options'], 'nosniff');
    assert.equal(a.headers['referrer-policy'], 'no-referrer');
    assert.equal(a.headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(a.headers['cross-origin-opener-policy'], 'same-origin');
    assert.match(a.headers['content-security-policy'], /default-src 'none'/);
    assert.match(a.headers['x-request-id'], /^[0-9a-f-]{36}$/);
    assert.equal(a.headers.server, undefined);
    if (a.status === 503) assert.equal(a.headers['retry-after'], '2');
  }
});

test('the description is whole and says nothing twice', async () => {
  const a = await call(server, 'GET', '/api/v1/openapi.json', { token: null });
  const doc = a.json;
  assert.equal(doc.openapi, '3.1.0');
  const ids = Object.values(doc.paths).flatMap((p) => Object.values(p).map((o) => o.operationId));
  assert.equal(new Set(ids).size, ids.length);
  for (const reference of a.text.matchAll(/"\$ref":"#\/([^"]+)"/g)) assert.ok(reference[1].split('/').reduce((o, k) => o?.[k], doc), reference[1]);
  for (const schema of Object.values(doc.components.schemas)) {
    assert.equal(schema.additionalProperties, false);
    for (const name of schema.required) assert.ok(name in schema.properties);
  }
});

test('SEC-130 SEC-131: limits', async () => {
  const limited = await start({ settings: ['limits=yes'] });
  const login = () => call(limited, 'POST', '/login', { token: null, body: { username: 'a', password: 'b' } });
  for (let i = 0; i < 10; i++) {
    const a = await login();
    assert.equal(a.status, 200);
    assert.equal(a.headers['ratelimit-remaining'], String(9 - i));
  }
  const over = await login();
  assert.equal(over.status, 429);
  assert.equal(over.json.code, 'rate_limited');
  assert.ok(Number(over.headers['retry-after']) > 50 && Number(over.headers['retry-after']) <= 60);
  assert.equal((await call(limited, 'POST', '/login', { token: null, headers: { 'X-Forwarded-For': '1.2.3.4' }, body: { username: 'a', password: 'b' } })).status, 429);
  assert.equal((await call(limited, 'GET', '/api/v1/me')).headers['ratelimit-limit'], '1000');
  assert.equal(await limited.stop(), 0);
});

test('TM-20: slow clients go, others are served meanwhile', async () => {
  const began = Date.now();
  const dribble = (first, rest, every) => new Promise((resolve) => {
    const socket = net.connect(server.port, '127.0.0.1', () => {
      socket.write(first);
      let at = 0;
      const timer = setInterval(() => socket.write(rest[at++ % rest.length]), every);
      let text = '';
      socket.on('data', (d) => (text += d));
      socket.on('error', () => {});
      socket.on('close', () => { clearInterval(timer); resolve({ ms: Date.now() - began, text }); });
    });
  });
  const quiet = raw(server, `GET /api/v1/submissions/${id}/events HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer quiet\r\n\r\n`, { ms: 24_000 });
  const deaf = new Promise((resolve) => { // asks for 60 MB and reads nothing for 24 s
    const socket = net.connect(server.port, '127.0.0.1', async () => {
      socket.pause();
      socket.write(`GET /get_result HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer big\r\n\r\n`.repeat(3000));
      await sleep(24000);
      let n = 0;
      socket.on('data', (d) => (n += d.length));
      socket.on('error', () => {});
      socket.on('close', () => resolve(n));
      socket.resume();
    });
  });
  const silent = dribble('', [''], 1000);
  const head = dribble(`GET /me HTTP/1.1\r\nHost: ${server.host}\r\nX: `, 'y', 500);
  const second = dribble(`GET /me HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\n\r\n`, `GET /me HTTP/1.1\r\nHost: ${'x'.repeat(1000)}`, 500);
  const body = dribble(`POST /login HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n`, ' ', 200);
  await sleep(1000);
  for (let i = 0; i < 5; i++) assert.equal((await call(server, 'GET', '/api/v1/me')).status, 200);
  const gone = await Promise.all([silent, head, body, second]);
  assert.ok(gone[0].ms < 60_000 && gone[1].ms < 60_000, `head ${gone[1].ms} ms`); // who never goes away does not get here
  assert.ok(gone[2].ms > 4500 && gone[2].ms < 60_000, `body ${gone[2].ms} ms`);
  assert.match(gone[2].text, /^HTTP\/1.1 408 /);
  assert.match((await quiet).bytes.toString(), /\r\n:\n\n\r\n/, 'a sign of life each 15 s');
  assert.ok((await deaf) < 50e6);
  assert.ok(gone[3].ms < 60_000, `second head ${gone[3].ms} ms`);
});

test('SEC-084 SEC-085: TLS', async () => {
  const folder = mkdtempSync(`${tmpdir()}/front-`);
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=localhost',
    '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`]);
  assert.equal(made.status, 0);
  const secure = await start({ settings: [`certificate=${folder}/cert.pem`, `key=${folder}/key.pem`, 'max_audio_mib=20'] });
  const connect = (options = {}) => new Promise((resolve, reject) => {
    const socket = tls.connect({ port: secure.port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
  const ask = (socket, bytes, until = /\r\n\r\n[^]*}$/) => new Promise((resolve) => {
    let text = '';
    socket.on('data', (d) => { text += d.toString('latin1'); if (until.test(text)) resolve(text); });
    socket.on('end', () => resolve(text));
    socket.write(bytes);
  });
  const request = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost:${secure.port}\r\nAuthorization: Bearer abc\r\n\r\n`;
  const socket = await connect();
  assert.equal(socket.getProtocol(), 'TLSv1.3');
  for (let i = 0; i < 3; i++) {
    const text = await ask(socket, request('/api/v1/me'));
    assert.match(text, /^HTTP\/1.1 200 /);
    assert.match(text, /Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n/);
    socket.removeAllListeners('data');
  }
  socket.destroy();
  await assert.rejects(connect({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }));
  const old = await connect({ maxVersion: 'TLSv1.2' });
  assert.match(old.getCipher().name, /^ECDHE-ECDSA-(AES256-GCM-SHA384|CHACHA20-POLY1305)$/);
  old.destroy();
  await assert.rejects(connect({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA:AES256-GCM-SHA384:@SECLEVEL=0' }));
  const big = await connect();
  const bytes = form([file(wav(300))]);
  const early = await ask(big, Buffer.concat([Buffer.from(`POST /submit_audio HTTP/1.1\r\nHost: localhost:${secure.port}\r\nAuthorization: Bearer quota\r\nContent-Type: multipart/form-data; boundary=xXboundaryXx\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]));
  assert.match(early, /^HTTP\/1.1 507 /);
  big.destroy();
  const whole = await connect();
  const taken = await ask(whole, Buffer.concat([Buffer.from(`POST /submit_audio HTTP/1.1\r\nHost: localhost:${secure.port}\r\nAuthorization: Bearer abc\r\nContent-Type: multipart/form-data; boundary=xXboundaryXx\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes]));
  assert.match(taken, /^HTTP\/1.1 201 /);
  whole.destroy();
  assert.equal(await secure.stop(), 0);
  rmSync(folder, { recursive: true });
});

test('stopping finishes what is under way', async () => {
  const other = await start({ loops: 2 });
  const late = call(other, 'GET', '/api/v1/me', { token: 'late' });
  assert.ok(await other.log_has('it answers later'));
  const stopped = other.stop();
  assert.equal((await late).status, 200);
  assert.equal(await stopped, 0);
});
