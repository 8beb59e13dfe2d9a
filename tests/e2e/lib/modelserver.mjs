// A model server that records what it is sent and answers what a test wants: the protocol as whisper.cpp, llama.cpp and others
// speak it. Its certificates are made here, so that they can also be wrong.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let made = null;

const openssl = (...words) => execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });

/** { authority, good, self, name, old }: files of certificates for localhost, right and wrong ones. */
export function certificates() {
  if (made) return made;
  const folder = mkdtempSync(join(tmpdir(), 'ms-tls-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const at = (name) => join(folder, name);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...ec, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '30', '-subj', '/CN=Test authority');
  const sign = (name, host, ...time) => {
    openssl('req', ...ec, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${host}`);
    writeFileSync(at(`${name}.ext`), `subjectAltName=DNS:${host},IP:127.0.0.1\n`.replace(host === 'localhost' ? /^$/ : ',IP:127.0.0.1', ''));
    openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-out', at(`${name}.pem`), '-extfile', at(`${name}.ext`), ...time);
    return { key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.pem`)) };
  };
  openssl('req', '-x509', ...ec, '-keyout', at('self.key'), '-out', at('self.pem'), '-days', '30', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
  made = {
    folder, authority: at('ca.pem'),
    good: sign('good', 'localhost', '-days', '30'),
    name: sign('name', 'elsewhere.example', '-days', '30'),
    old: sign('old', 'localhost', '-days', '-1'),
    self: { key: readFileSync(at('self.key')), cert: readFileSync(at('self.pem')) },
  };
  return made;
}

/** The fields of a form: { name: [{ fileName, type, bytes }] }. */
export function parseForm(headers, body) {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'])[1];
  const out = {};
  const mark = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(mark); ;) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) return out;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const end = part.indexOf('\r\n\r\n');
    const head = part.toString('latin1', 0, end);
    const name = /name="([^"]*)"/.exec(head)[1];
    (out[name] ??= []).push({ fileName: /filename="([^"]*)"/.exec(head)?.[1], type: /Content-Type: (.*)/i.exec(head)?.[1], head, bytes: part.subarray(end + 4) });
    at = next;
  }
}

/** `answer(request, response, server)` speaks; everything that arrived is in `requests`, every connection in `connections`. */
export async function modelServer(answer, { tls = null, options = {} } = {}) {
  const server = { requests: [], connections: 0, bytes: 0, broken: 0, sockets: new Set(), answer };
  const listener = (request, response) => {
    const parts = [];
    const seen = { method: request.method, url: request.url, headers: request.headers, rawHeaders: request.rawHeaders, body: Buffer.alloc(0) };
    server.requests.push(seen);
    request.on('data', (part) => parts.push(part));
    request.on('aborted', () => { server.broken += 1; });
    response.on('close', () => { if (!response.writableEnded) server.broken += 1; });
    request.on('end', () => {
      seen.body = Buffer.concat(parts);
      server.answer(seen, response, server);
    });
  };
  const made = tls ? createHttps({ ...tls, ...options }, listener) : createHttp(listener);
  made.on('connection', (socket) => {
    server.connections += 1;
    server.sockets.add(socket);
    socket.on('data', (part) => { server.bytes += part.length; });
    socket.on('error', () => {});
    socket.on('close', () => server.sockets.delete(socket));
  });
  made.on('tlsClientError', () => {});
  await new Promise((ready) => { made.listen(0, '127.0.0.1', ready); });
  server.port = made.address().port;
  server.url = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${server.port}/v1`;
  server.stop = () => new Promise((done) => {
    for (const socket of server.sockets) socket.destroy();
    made.close(done);
  });
  return server;
}

export const json = (response, value, status = 200, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
};
/** What OpenAI's interface answers: words beside segments. */
export const spoken = (words, extra = {}) => ({
  task: 'transcribe', language: 'english', text: words.map((w) => w[0]).join(' '),
  words: words.map(([word, start, end]) => ({ word, start, end })),
  segments: [{ id: 0, start: 0, end: words.at(-1)?.[2] ?? 0, text: words.map((w) => w[0]).join(' '), avg_logprob: -0.05, no_speech_prob: 0.01 }], ...extra,
});
export const drafted = (lines, extra = {}) => ({
  id: 'x', object: 'chat.completion', model: 'clinic-7b', system_fingerprint: 'b42', created: 1,
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: typeof lines === 'string' ? lines : JSON.stringify({ lines }) } }], ...extra,
});
