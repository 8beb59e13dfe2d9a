// Connections that break at every place, and answers for connections that are gone (best with a sanitizer build).
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { call, form, memoryKiB, sleep, start, wav } from './harness.mjs';

const id = '6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f';

function cut(server, bytes, how, wait = 0) {
  return new Promise((resolve) => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', resolve);
    socket.resume();
    socket.on('connect', () => {
      const end = () => (how === 'reset' ? socket.resetAndDestroy() : how === 'half' ? (socket.end(), setTimeout(() => socket.destroy(), 30)) : socket.destroy());
      if (bytes.length > 0) socket.write(bytes, () => (wait ? setTimeout(end, wait) : end()));
      else end();
    });
  });
}

test('TM-03: a request may break after every byte, in every way', async () => {
  const server = await start({ loops: 2 });
  const head = (line, extra = '') => `${line} HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\n${extra}`;
  const login = '{"username":"a","password":"b"}';
  const body = form([{ name: 'notes', value: 'n' }, { name: 'file', file: 'a.wav', type: 'audio/wav', bytes: wav(4) }]);
  const requests = [
    Buffer.from(`${head('GET /api/v1/me')}\r\n`),
    Buffer.from(`${head('POST /login', `Content-Type: application/json\r\nContent-Length: ${login.length}\r\n`)}\r\n${login}`),
    Buffer.from(`${head('POST /login', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n')}\r\n1f\r\n${login}\r\n0\r\n\r\n`),
    Buffer.concat([Buffer.from(`${head('POST /submit_audio', `Content-Type: multipart/form-data; boundary=xXboundaryXx\r\nContent-Length: ${body.length}\r\n`)}\r\n`), body]),
  ];
  for (const request of requests) {
    const step = request.length > 2000 ? 2311 : 1;
    for (const how of ['reset', 'half', 'close'])
      for (let at = 0; at <= request.length; at += step * 16)
        await Promise.all(Array.from({ length: 16 }, (_, i) => cut(server, request.subarray(0, at + i * step), how)));
  }
  assert.equal((await call(server, 'GET', '/api/v1/me')).status, 200);
  assert.equal(await server.stop(), 0);
});

test('TM-03: clients leave while core works, streams, or takes its time', async () => {
  const server = await start({ loops: 2, settings: ['max_audio_mib=20'] });
  const ask = (path, token) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const body = form([{ name: 'file', file: 'a.wav', type: 'audio/wav', bytes: wav(30) }]);
  const upload = (token) => Buffer.concat([Buffer.from(`POST /submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: multipart/form-data; boundary=xXboundaryXx\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
  const requests = [ask('/api/v1/me', 'late'), ask(`/api/v1/submissions/${id}/media`, 'abc'), ask(`/api/v1/submissions/${id}/media`, 'broken'),
    ask(`/api/v1/submissions/${id}/events`, 'abc'), ask(`/api/v1/submissions/${id}/events`, 'quiet'), ask('/get_result', 'big'),
    upload('slow'), upload('hold'), upload('quota'), upload('denied'), Buffer.concat([ask('/api/v1/me', 'abc'), ask('/api/v1/me', 'late'), ask('/get_result', 'big')])];
  for (const how of ['reset', 'half', 'close'])
    for (const wait of [0, 1, 5, 40, 150, 320]) await Promise.all(requests.flatMap((r) => [cut(server, r, how, wait), cut(server, r.subarray(0, r.length - 1), how, wait)]));
  await sleep(500);
  assert.equal((await call(server, 'GET', '/api/v1/me')).status, 200);
  assert.equal(await server.stop(), 0);
});

test('many connections and requests leave no memory behind', async () => {
  const server = await start();
  const round = async () => {
    for (let i = 0; i < 40; i++) await Promise.all(Array.from({ length: 25 }, () => cut(server, Buffer.from(`GET /me HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer abc\r\n\r\n`), 'close', 2)));
  };
  await round();
  const before = memoryKiB(server.pid);
  await round();
  await round();
  const grown = memoryKiB(server.pid) - before;
  if (!process.env.SANITIZED) assert.ok(grown < 1024, `${grown} KiB more after 2,000 connections`);
  assert.equal(await server.stop(), 0);
});
