// Starts the real server in a folder of its own, on SQLite or PostgreSQL, and talks to it.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyDatabase, flush, holder, newDatabase, query } from './postgres.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const programs = process.env.MEDSCRIBE_PROGRAMS
  ?? join(resolve(root, process.env.MEDSCRIBE_BUILD ?? 'build/debug'), 'src/main');
export const engines = (process.env.MEDSCRIBE_TEST_ENGINE ?? 'sqlite,postgresql').split(',');
export const PASSWORD = 'Brisk-heron-41';
/** What takes longer hangs: no slow or busy machine needs it. */
export const HANGS_MS = 300_000;
/** A time that is promised holds as it is on a quiet machine (MEDSCRIBE_TEST_PATIENCE=1); elsewhere a test only tells it from hanging. */
export const promised = (ms) => ms * Number(process.env.MEDSCRIBE_TEST_PATIENCE ?? 12);

// A run that is broken off takes its servers with it.
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));

const freePort = () => new Promise((done, failed) => {
  const probe = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});
export const sleep = (ms) => new Promise((go) => setTimeout(go, ms));

// Only what the programs need: a setting from the caller's environment must not leak in.
function environment(extra = {}) {
  const out = { PATH: process.env.PATH, HOME: process.env.HOME ?? '/', LC_ALL: 'C.UTF-8', ...extra };
  for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS']) if (process.env[name]) out[name] = process.env[name];
  return out;
}

/** One-off run of medscribed that is expected to end by itself. */
export function runServerOnce(settings, extra = {}) {
  const words = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return spawnSync(join(programs, 'medscribed'), words, { encoding: 'utf8', timeout: HANGS_MS, env: environment(extra) });
}

class Server {
  constructor(engine, settings) {
    this.engine = engine;
    this.area = mkdtempSync(join(tmpdir(), `ms-${engine}-`));
    chmodSync(this.area, 0o711); // root gives the folder inside to the user medscribe, where there is one
    this.folder = join(this.area, 'data');
    this.settings = { limits: 'no', people_per_minute: 0, ...settings };
    this.people = 0;
    this.programs = programs;
  }

  /** What it wrote to standard error, also in earlier runs: to a file, for a pipe would fill while this process waits for a command. */
  get log() {
    const path = join(this.area, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async start() {
    if (this.engine === 'postgresql' && !this.database) this.database = await newDatabase();
    this.port ??= await freePort();
    this.host = `localhost:${this.port}`;
    this.origin = `https://${this.host}`;
    const settings = { data: this.folder, listen: `127.0.0.1:${this.port}`, database: this.database?.url ?? '', ...this.settings };
    this.child = spawn(join(this.programs, 'medscribed'), Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
      { stdio: ['ignore', 'pipe', openSync(join(this.area, 'log'), 'a')], env: environment() });
    running.add(this.child);
    let said = '';
    await new Promise((ready, failed) => {
      const late = setTimeout(() => failed(new Error(`medscribed is not ready: ${said}${this.log}`)), HANGS_MS);
      this.child.stdout.setEncoding('utf8').on('data', (text) => {
        said += text;
        if (!said.includes('MedScribe answers at')) return;
        clearTimeout(late);
        ready();
      });
      this.child.once('exit', (code) => failed(new Error(`medscribed ended (${code}): ${this.log}`)));
    });
    this.said = said;
    this.certificate = readFileSync(join(this.folder, 'certificate.pem'));
    this.agent = new Agent({ keepAlive: true, maxSockets: 64, ca: this.certificate, servername: 'localhost' });
    return this;
  }

  /** Stops it by its process id; it must end well and no sanitizer may have spoken. */
  async halt() {
    this.agent?.destroy();
    const child = this.child;
    this.child = null;
    if (!child) return;
    let code = child.exitCode;
    if (code === null) {
      child.removeAllListeners('exit');
      const ended = new Promise((done) => child.once('exit', (status, signal) => done(signal ?? status)));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
      code = await ended;
      clearTimeout(late);
    }
    running.delete(child);
    assert.equal(code, 0, `medscribed ended with ${code}\n${this.log.slice(-4000)}`);
    assert.doesNotMatch(this.log, /Sanitizer|runtime error:/, 'a sanitizer spoke');
  }

  async stop() {
    try {
      await this.halt();
    } finally {
      rmSync(this.area, { recursive: true, force: true });
    }
  }

  /** The host's command line; what it printed as JSON. */
  command(...words) {
    const done = this.commandRaw(...words);
    assert.equal(done.status, 0, `medscribe ${words.join(' ')}: ${done.stdout}${done.stderr}`);
    return JSON.parse(done.stdout);
  }

  commandRaw(...words) {
    return spawnSync(join(programs, 'medscribe'), ['--data', this.folder, '--json', ...words],
      { encoding: 'utf8', timeout: HANGS_MS, env: environment(this.database ? { MEDSCRIBE_DATABASE: this.database.url } : {}) });
  }

  /** SQL beside the server, as an intruder or a database's owner would use it. Rows of text. */
  sql(text) {
    if (this.database) return query(this.database.name, text);
    const out = execFileSync('sqlite3', ['-batch', '-noheader', '-separator', '\x1f', join(this.folder, 'medscribe.db')],
      { input: `.timeout 5000\n${text};\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
    return out.split('\n').filter((line) => line !== '').map((line) => line.split('\x1f'));
  }

  /** A copy of the stopped server's data, for an intruder to play with: { sql, command, remove }. */
  copy() {
    const area = mkdtempSync(join(tmpdir(), 'ms-copy-'));
    const twin = Object.assign(Object.create(Server.prototype), { engine: this.engine, area, folder: join(area, 'data') });
    cpSync(this.folder, twin.folder, { recursive: true, filter: (path) => !path.endsWith('control.sock') });
    if (this.database) twin.database = copyDatabase(this.database);
    twin.remove = () => rmSync(area, { recursive: true, force: true });
    return twin;
  }

  flush() {
    if (this.database) flush();
  }

  /** Nothing is written until the answer is called: what is asked meanwhile waits in the commit lane, in its order. */
  async hold() {
    const [program, words, begin] = this.database ? holder(this.database.name)
      : ['sqlite3', ['-batch', join(this.folder, 'medscribe.db')], '.timeout 5000\nBEGIN IMMEDIATE;\nSELECT \'held\';\n'];
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
    running.add(child);
    const ended = new Promise((done) => child.once('exit', done));
    await new Promise((held, failed) => {
      child.stdout.on('data', (text) => { if (String(text).includes('held')) held(); });
      child.once('exit', () => failed(new Error('the database could not be held')));
      child.stdin.write(begin);
    });
    return async () => {
      child.stdin.end('COMMIT;\n');
      await ended;
      running.delete(child);
    };
  }

  /** A doctor says that what the guard found is right. */
  confirm(who, id, version, finding) {
    return this.post(`/api/v1/submissions/${id}/confirm`, { finding }, who.token, { headers: { 'If-Match': `"v${version}"` } });
  }

  /** One request. `json` or `body`+`type` is sent; the answer's JSON is in `body`. */
  call(method, path, { token, cookie, csrf, json, body, type, headers = {}, raw = false } = {}) {
    const sent = json === undefined ? body : Buffer.from(JSON.stringify(json));
    const head = { Host: this.host, ...headers };
    if (token) head.Authorization = `Bearer ${token}`;
    if (cookie) head.Cookie = cookie;
    if (csrf) head['X-CSRF-Token'] = csrf;
    if (json !== undefined && !head['Content-Type']) head['Content-Type'] = 'application/json';
    if (type) head['Content-Type'] = type;
    if (sent !== undefined) head['Content-Length'] = Buffer.byteLength(sent);
    else if (!['GET', 'HEAD', 'DELETE'].includes(method)) head['Content-Length'] = 0;
    return new Promise((done, failed) => {
      const question = request({ host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers: head }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', failed);
        answer.on('end', () => {
          const bytes = Buffer.concat(parts);
          const out = { status: answer.statusCode, headers: answer.headers, bytes, text: raw ? '' : bytes.toString() };
          if (!raw && /json/.test(answer.headers['content-type'] ?? '') && bytes.length > 0) out.body = JSON.parse(out.text);
          done(out);
        });
      });
      question.on('error', failed);
      question.setTimeout(HANGS_MS, () => question.destroy(new Error(`${method} ${path}: no answer`)));
      question.end(sent);
    });
  }

  get(path, token, options) { return this.call('GET', path, { token, ...options }); }
  post(path, json, token, options) { return this.call('POST', path, { json, token, ...options }); }
  put(path, json, token, options) { return this.call('PUT', path, { json, token, ...options }); }

  /** Multipart upload of one file. */
  upload(path, token, file, { name = 'file.bin', type = 'application/octet-stream', notes, part = 'file', options = {} } = {}) {
    const boundary = `b${Math.random().toString(36).slice(2)}`;
    const pieces = [];
    if (notes !== undefined) pieces.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="notes"\r\n\r\n${notes}\r\n`));
    pieces.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${part}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`),
      file, Buffer.from(`\r\n--${boundary}--\r\n`));
    return this.call('POST', path, { token, body: Buffer.concat(pieces), type: `multipart/form-data; boundary=${boundary}`, ...options });
  }

  uploadFile(path, token, file, type, options = {}) {
    return this.upload(path, token, readFileSync(file), { name: basename(file), type, ...options });
  }

  /** Registers and logs in. Names are made up unless given. */
  async patient(username = `patient${++this.people}`, more = {}) {
    const email = more.email ?? `${username}@home.example`;
    const made = await this.post('/register', { username, email, password: PASSWORD, user_type: 'patient' });
    assert.equal(made.status, 201, made.text);
    return this.logIn({ ...made.body, email, password: PASSWORD });
  }

  async pendingDoctor(username = `doctor${++this.people}`) {
    const email = `${username}@clinic.example`;
    const made = await this.post('/register', { username, email, password: PASSWORD, user_type: 'doctor' });
    assert.equal(made.status, 201, made.text);
    return this.logIn({ ...made.body, email, password: PASSWORD });
  }

  async doctor(username) {
    const person = await this.pendingDoctor(username);
    this.command('user', 'verify-doctor', person.username, '--registration-no', `REG-${person.username}`);
    return this.logIn(person);
  }

  admin(username = `admin${++this.people}`) {
    return this.logIn({ email: `${username}@clinic.example`, ...this.command('admin', 'create', '--username', username, '--email', `${username}@clinic.example`) });
  }

  hostUser(role, username = `${role}${++this.people}`) {
    return this.logIn({ email: `${username}@clinic.example`,
      ...this.command('user', 'create', '--username', username, '--email', `${username}@clinic.example`, '--role', role) });
  }

  async logIn(person) {
    const answer = await this.post('/login', { username: person.username, password: person.password });
    assert.equal(answer.status, 200, answer.text);
    return { ...person, token: answer.body.session_token, login: answer.body };
  }

  /** Server-sent events of a submission (or of a consultation, a note) until the server ends the stream. */
  events(id, token, onEvent = () => {}, of = 'submissions') {
    return new Promise((done, failed) => {
      const all = [];
      const question = request({ host: '127.0.0.1', port: this.port, agent: new Agent({ ca: this.certificate, servername: 'localhost' }),
        method: 'GET', path: `/api/v1/${of}/${id}/events`, headers: { Host: this.host, Authorization: `Bearer ${token}` } }, (answer) => {
        let rest = '';
        answer.setEncoding('utf8').on('data', (text) => {
          rest += text;
          for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
            const event = Object.fromEntries(rest.slice(0, end).split('\n').filter((line) => /^(event|data): /.test(line))
              .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
            if (event.data === undefined) continue;
            all.push({ event: event.event, ...JSON.parse(event.data) });
            onEvent(all.at(-1));
          }
        });
        answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, events: all }));
        answer.on('error', failed);
      });
      question.setTimeout(HANGS_MS, () => question.destroy(new Error('nothing more came, and the stream did not end')));
      question.on('error', failed);
      question.end();
    });
  }

  /** Waits until the recognisers are done with a submission; its list item. */
  async settled(id, token) {
    for (let tries = 0; tries < 900; tries++) {
      const one = await this.get(`/api/v1/submissions/${id}`, token);
      assert.equal(one.status, 200, one.text);
      if (!['queued', 'processing'].includes(one.body.status)) return one.body;
      await sleep(200);
    }
    throw new Error(`submission ${id} is still under way after three minutes`);
  }
}

export const startServer = (engine, settings = {}) => new Server(engine, settings).start();

/** problem+json with exactly this status and code. */
export function isProblem(answer, status, code, field) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json', answer.text);
  assert.equal(answer.body.code, code, answer.text);
  assert.equal(answer.body.status, status);
  if (field !== undefined) assert.equal(answer.body.field, field, answer.text);
  const known = ['type', 'title', 'status', 'code', 'detail', 'field', 'consent_required', 'request_id', ...(code === 'findings_open' ? ['findings'] : [])];
  assert.deepEqual(Object.keys(answer.body).filter((key) => !known.includes(key)), []);
}
