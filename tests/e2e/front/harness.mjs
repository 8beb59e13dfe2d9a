// Starts front beside the stand-in for core and speaks to it in raw bytes.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';

const FAKECORE = process.env.FAKECORE;
const FRONT = process.env.FRONT;

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function start({ loops = 1, settings = [] } = {}) {
  const port = await freePort();
  const plain = settings.some((s) => s.startsWith('certificate=')) ? [] : ['plain_http=yes'];
  const limits = settings.some((s) => s.startsWith('limits=')) ? [] : ['limits=no'];
  const child = spawn(FAKECORE, [FRONT, `127.0.0.1:${port}`, String(loops), ...plain, ...limits, ...settings]);
  const server = { port, host: `127.0.0.1:${port}`, child, log: '', pid: 0 };
  child.stderr.on('data', (d) => (server.log += d));
  server.exited = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  server.pid = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (d) => {
      text += d;
      const ready = /ready (\d+)/.exec(text);
      if (ready) resolve(Number(ready[1]));
    });
    child.on('exit', (code) => reject(new Error(`front did not start (${code}): ${server.log}`)));
  });
  server.stop = async () => {
    child.kill('SIGTERM');
    return server.exited;
  };
  server.log_has = async (text, ms = 60_000) => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (server.log.includes(text)) return true;
    return false;
  };
  return server;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// All complete answers in what came back.
export function parse(buffer, isHead = false) {
  const answers = [];
  let at = 0;
  for (;;) {
    const end = buffer.indexOf('\r\n\r\n', at);
    if (end < 0) return { answers, rest: buffer.subarray(at) };
    const [line, ...lines] = buffer.toString('latin1', at, end).split('\r\n');
    const status = Number(line.split(' ')[1]);
    const headers = {};
    for (const l of lines) {
      const colon = l.indexOf(':');
      const name = l.slice(0, colon).toLowerCase();
      headers[name] = name in headers ? [headers[name], l.slice(colon + 1).trim()].flat() : l.slice(colon + 1).trim();
    }
    at = end + 4;
    let body = Buffer.alloc(0);
    let whole = true;
    if (headers['transfer-encoding'] === 'chunked') {
      const parts = [];
      whole = false;
      for (;;) {
        const eol = buffer.indexOf('\r\n', at);
        if (eol < 0) break;
        const n = parseInt(buffer.toString('latin1', at, eol), 16);
        parts.push(buffer.subarray(eol + 2, eol + 2 + n));
        at = eol + 4 + n;
        if (n === 0) whole = true;
        if (n === 0) break;
      }
      body = Buffer.concat(parts);
    } else if (!isHead && status !== 100 && status !== 304 && headers['content-length']) {
      body = buffer.subarray(at, at + Number(headers['content-length']));
      at += body.length;
      whole = body.length === Number(headers['content-length']);
    }
    if (status === 100) continue;
    const text = body.toString();
    answers.push({ status, headers, body, text, whole, get json() { return JSON.parse(text); } });
  }
}

// Sends pieces (strings as latin1, Buffers, numbers = wait ms) and returns what came until `count` whole answers, the end, or `ms`.
// For one answer and then the end of the connection ask for two answers.
export function raw(server, pieces, { ms = 60_000, count = 1, head = false, half = false } = {}) {
  return new Promise((resolve) => {
    const socket = net.connect(server.port, '127.0.0.1');
    const chunks = [];
    let closed = false;
    let done = false;
    const finish = () => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...parse(Buffer.concat(chunks), head), closed, bytes: Buffer.concat(chunks) });
    };
    const timer = setTimeout(finish, ms);
    socket.on('data', (d) => {
      chunks.push(d);
      const { answers } = parse(Buffer.concat(chunks), head);
      if (answers.length >= count && answers.at(-1).whole) setTimeout(finish, 120); // is there one more?
    });
    socket.on('end', () => { closed = true; setTimeout(finish, 20); });
    socket.on('close', () => { closed = true; finish(); });
    socket.on('error', () => { closed = true; finish(); });
    socket.on('connect', async () => {
      for (const piece of [pieces].flat()) {
        if (typeof piece === 'number') await sleep(piece);
        else socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      }
      if (half) socket.end();
    });
  });
}

export async function call(server, method, path, { headers = {}, body, token = 'abc', ...options } = {}) {
  const all = { Host: server.host, ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers };
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  if (body !== undefined) {
    if (!('Content-Length' in all)) all['Content-Length'] = bytes.length;
    if (!('Content-Type' in all)) all['Content-Type'] = 'application/json';
  }
  const head = `${method} ${path} HTTP/1.1\r\n${Object.entries(all).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
  const { answers, closed } = await raw(server, [Buffer.concat([Buffer.from(head, 'latin1'), bytes])], { head: method === 'HEAD', ...options });
  if (!answers[0]) throw new Error(`no answer to ${method} ${path} (closed: ${closed})`);
  return Object.assign(answers[0], { closed });
}

export function wav(seconds = 0.1, rate = 16000) {
  const n = Math.round(seconds * rate) * 2;
  const b = Buffer.alloc(44 + n);
  b.write('RIFF', 0); b.writeUInt32LE(36 + n, 4); b.write('WAVEfmt ', 8); b.writeUInt32LE(16, 16);
  b.writeUInt16LE(1, 20); b.writeUInt16LE(1, 22); b.writeUInt32LE(rate, 24); b.writeUInt32LE(rate * 2, 28);
  b.writeUInt16LE(2, 32); b.writeUInt16LE(16, 34); b.write('data', 36); b.writeUInt32LE(n, 40);
  for (let i = 0; i < n / 2; i++) b.writeInt16LE(Math.round(8000 * Math.sin(i / 7)), 44 + 2 * i);
  return b;
}

// [{name, value}] or [{name, file, type, bytes}]
export function form(parts, boundary = 'xXboundaryXx') {
  const out = [];
  for (const p of parts) {
    out.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${p.name}"${p.file === undefined ? '' : `; filename="${p.file}"`}\r\n${p.type ? `Content-Type: ${p.type}\r\n` : ''}\r\n`, 'latin1'));
    out.push(p.bytes ?? Buffer.from(p.value), Buffer.from('\r\n'));
  }
  out.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(out);
}
export const formType = (boundary = 'xXboundaryXx') => ({ 'Content-Type': `multipart/form-data; boundary=${boundary}` });

export function sum(bytes) {
  let s = 0;
  for (const b of bytes) s = (Math.imul(s, 31) + b) >>> 0;
  return s;
}

export function memoryKiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
export function peakKiB(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
