// What breaks, on purpose, under load: programs killed, disk full, database gone, clients that leave, wrong settings.
// Nothing that was acknowledged may be lost, nothing may be disclosed without its audit row, and the service comes back.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { childrenOf, nameOf, openFiles, programOf, until } from './lib/processes.mjs';
import { engines, HANGS_MS, programs, promised, runServerOnce, sleep, startServer } from './lib/server.mjs';

const LOAD_MS = Number(process.env.MEDSCRIBE_FAILURE_LOAD_MS ?? 1200);
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A recording of noise: fresh bytes each time, so that a mixed-up file is noticed. */
function recording(bytes) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0); head.writeUInt32LE(36 + bytes, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(16000, 24); head.writeUInt32LE(32000, 28);
  head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write('data', 36); head.writeUInt32LE(bytes, 40);
  return Buffer.concat([head, randomBytes(bytes)]);
}

const answers = (server, person) => until(async () => (await server.get('/api/v1/me', person.token)).status === 200, 'the service is back');

/* --- load: uploads, disclosures and approvals; keeps what was acknowledged */

class Load {
  constructor(server, patients, doctor, drafts) {
    Object.assign(this, { server, patients, doctor, drafts });
    this.kept = new Map(); // submission → { person, sha }
    this.approved = new Set();
    this.disclosed = []; // request ids of answers with medical text
    this.failed = 0;
    this.strange = [];
  }

  note(answer) {
    if (answer.status >= 500 && answer.status !== 503) this.strange.push(`${answer.status} ${answer.text}`);
    if (answer.status >= 500) this.failed++;
    return answer;
  }

  async uploads(person) {
    const file = recording(10_000 + Math.floor(Math.random() * 150_000));
    const answer = this.note(await this.server.upload('/api/v1/submit_audio', person.token, file, { name: 'a.wav', type: 'audio/wav' }));
    if (answer.status === 201) this.kept.set(answer.body.id, { person, sha: sha(file) });
  }

  async reads() {
    const id = this.drafts[Math.floor(Math.random() * this.drafts.length)];
    const answer = this.note(await this.server.get(`/api/v1/submissions/${id}`, this.doctor.token));
    if (answer.status === 200) this.disclosed.push(answer.headers['x-request-id']);
    const list = this.note(await this.server.get('/api/v1/get_all_results?limit=20', this.doctor.token));
    if (list.status === 200) this.disclosed.push(list.headers['x-request-id']);
  }

  async approves() {
    const id = this.drafts.find((one) => !this.approved.has(one) && !this.tried?.has(one));
    if (id === undefined) return sleep(20);
    const seen = this.note(await this.server.get(`/api/v1/submissions/${id}`, this.doctor.token));
    if (seen.status !== 200) return sleep(20);
    this.disclosed.push(seen.headers['x-request-id']);
    (this.tried ??= new Set()).add(id);
    const answer = this.note(await this.server.put(`/api/v1/approve/${id}`, undefined, this.doctor.token, { headers: { 'If-Match': seen.headers.etag } }));
    if (answer.status === 200) this.approved.add(id);
    return sleep(20);
  }

  start() {
    this.running = true;
    const again = async (act) => {
      while (this.running) {
        await act().catch(async () => { this.failed++; await sleep(30); });
      }
    };
    this.work = Promise.all([...this.patients.map((person) => again(() => this.uploads(person))), again(() => this.reads()), again(() => this.reads()), again(() => this.approves())]);
  }

  async stop() {
    this.running = false;
    await this.work;
  }

  /** All that was acknowledged is there; all that was disclosed is on record; the record is whole. */
  async verify() {
    const { server } = this;
    assert.deepEqual(this.strange, []);
    assert.ok(this.kept.size > 0 && this.disclosed.length > 0, `the load did something: ${this.kept.size} uploads, ${this.disclosed.length} disclosures, ${this.failed} failed`);
    for (const [id, { person, sha: expected }] of this.kept) {
      const file = await server.get(`/api/v1/submissions/${id}/media`, person.token, { raw: true });
      assert.equal(file.status, 200, `the file of ${id}`);
      assert.equal(sha(file.bytes), expected, `the file of ${id}`);
    }
    for (const id of this.approved) {
      const one = await server.get(`/api/v1/submissions/${id}`, this.doctor.token);
      assert.equal(one.body?.status, 'approved', one.text);
    }
    const rows = server.clusterSql
      ? server.clusterSql('SELECT request_id FROM audit_log')
      : server.sql(server.database ? 'SELECT request_id::text FROM audit_log' : 'SELECT lower(hex(request_id)) FROM audit_log').map(([id]) => id);
    const written = new Set(rows.map((id) => id.replaceAll('-', '')));
    assert.deepEqual(this.disclosed.filter((id) => !written.has(id.replaceAll('-', ''))), [], 'every disclosure has its audit row');
    const verdict = server.command('audit', 'verify');
    assert.equal(verdict.ok, true, JSON.stringify(verdict));
    return verdict;
  }
}

let importNumber = 0;
async function makeLoad(server, { patients = 2, drafts = 60 } = {}) {
  const people = [];
  for (let i = 0; i < patients; i++) people.push(await server.patient());
  const doctor = await server.doctor();
  const first = (importNumber += 1000);
  // not importInto(): waiting for it would stop this process, and with it whoever reads PostgreSQL's log
  const folder = mkdtempSync(join(tmpdir(), 'ms-import-'));
  const line = (one) => `${JSON.stringify({ created_at: '2026-01-05T00:00:00Z', ...one })}\n`;
  writeFileSync(join(folder, 'users.jsonl'), line({ id: first, username: `old${first}`, email: `old${first}@old.example`, user_type: 'patient', password_hash: '' }));
  writeFileSync(join(folder, 'submissions.jsonl'), Array.from({ length: drafts }, (_, i) => line({ id: first + i, user_id: first, type: 'audio', status: 'draft',
    transcribed_text: `heard ${i}`, doctor_summary: `summary ${i}` })).join(''));
  const child = spawn(join(programs, 'medscribe'), ['--data', server.folder, '--json', 'import', '--jsonl', folder], { stdio: 'ignore' });
  assert.equal(await new Promise((done) => child.once('exit', done)), 0);
  rmSync(folder, { recursive: true });
  const list = [];
  for (let path = '/api/v1/submissions?scope=clinic&status=draft&limit=100'; path;) {
    const page = await server.get(path, doctor.token);
    assert.equal(page.status, 200, page.text);
    list.push(...page.body.results.map((one) => one.id));
    path = page.body.next_cursor ? `/api/v1/submissions?scope=clinic&status=draft&limit=100&cursor=${page.body.next_cursor}` : null;
  }
  assert.ok(list.length >= drafts, `${list.length} drafts`);
  return new Load(server, people, doctor, list);
}

async function underLoad(load, act) {
  const before = [load.kept.size, load.disclosed.length];
  load.start();
  await sleep(LOAD_MS);
  await until(async () => load.kept.size > before[0] && load.disclosed.length > before[1], 'something is under way');
  const result = await act();
  await sleep(LOAD_MS / 2);
  await load.stop();
  return result;
}

/* --- */

for (const engine of engines) {
  describe(`failures on ${engine}`, () => {
    let server, load;
    before(async () => {
      server = await startServer(engine, { workers: 0 });
      load = await makeLoad(server);
    });
    after(() => server.stop());

    for (const program of ['core', 'vault', 'front']) {
      test(`TM-31, SEC-145: kill -9 of ${program} under load loses nothing that was acknowledged`, async () => {
        const took = await underLoad(load, async () => {
          const pid = programOf(server, program);
          assert.ok(pid, `${program} runs`);
          process.kill(pid, 'SIGKILL');
          await until(async () => programOf(server, program) !== undefined && programOf(server, program) !== pid, `${program} runs again`);
          return answers(server, load.doctor);
        });
        assert.ok(took < promised(8000), `back after ${took} ms`);
        await load.verify();
      });
    }

    test('TM-31: kill -9 of medscribed takes everything down, and the next start has all of it', async () => {
      await underLoad(load, async () => {
        const family = childrenOf(server.child.pid);
        const ended = new Promise((done) => server.child.once('exit', done));
        server.child.removeAllListeners('exit');
        server.child.kill('SIGKILL');
        await Promise.race([ended, sleep(3000)]);
        await until(async () => family.every((pid) => nameOf(pid) === ''), 'the others end with their parent');
        server.agent.destroy();
        await server.start();
      });
      await load.verify();
    });

    test('TM-31: SIGTERM under load ends with 0 and loses nothing', async () => {
      await underLoad(load, async () => {
        await server.halt();
        await server.start();
      });
      await load.verify();
    });

    test('TM-03: a file that a crash left without a row is removed when it is a day old; nothing else is, and nothing from before this database', async () => {
      const folder = join(server.folder, 'files');
      await server.halt();
      const known = new Set(server.sql(engine === 'sqlite' ? 'SELECT lower(hex(id)) FROM media' : "SELECT replace(id::text, '-', '') FROM media").map(([id]) => id));
      const isKnown = (name) => known.has(name.replaceAll('-', ''));
      const kept = readdirSync(folder).filter(isKnown);
      assert.ok(kept.length > 0);
      const left = readdirSync(folder).filter((name) => !isKnown(name)); // by the kills above
      const [old, young, before, foreign] = [randomUUID(), randomUUID(), randomUUID(), 'read.me'];
      const [twoDaysAgo, monthAgo] = [2, 30].map((days) => Date.now() / 1000 - days * 86_400);
      for (const name of [old, young, before, foreign]) writeFileSync(join(folder, name), 'sealed');
      server.sql(`UPDATE clinics SET created_us = created_us - ${10 * 86_400_000_000}`);
      utimesSync(join(folder, before), monthAgo, monthAgo); // older than the database: another one's, whose address was perhaps mistyped
      for (const name of [old, foreign, ...left, ...kept]) utimesSync(join(folder, name), twoDaysAgo, twoDaysAgo);
      await server.start();
      await until(async () => !existsSync(join(folder, old)), 'the old one is gone');
      await until(async () => Number(server.sql('SELECT COUNT(*) FROM audit_log WHERE action = 82')[0][0]) >= 1, 'that is on record');
      assert.deepEqual(readdirSync(folder).sort(), [...kept, young, before, foreign].sort());
      for (const name of [young, before, foreign]) rmSync(join(folder, name));
      await load.verify();
    });

    test('TM-03: clients that break off in the middle leave nothing behind', async () => {
      const [person] = load.patients;
      const core = programOf(server, 'core');
      await answers(server, person);
      const before = openFiles(core);
      const filesBefore = readdirSync(join(server.folder, 'files')).length;
      const rowsBefore = Number(server.sql('SELECT COUNT(*) FROM media')[0][0]);
      const file = recording(300_000);
      const boundary = 'cut';
      const body = Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`), file,
        Buffer.from(`\r\n--${boundary}--\r\n`)]);
      const head = Buffer.from(`POST /api/v1/submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${person.token}\r\n` +
        `Content-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${body.length}\r\n\r\n`);
      const cut = (bytes, pause, reset) => new Promise((done) => {
        const wire = dial(server.port, '127.0.0.1');
        const socket = connect({ socket: wire, ca: server.certificate, servername: 'localhost' }, () => {
          socket.write(bytes, async () => {
            await sleep(pause);
            if (reset) wire.resetAndDestroy();
            else socket.destroy();
            done();
          });
        });
        for (const one of [wire, socket]) one.on('error', () => done());
        socket.resume();
      });
      const whole = Buffer.concat([head, body]);
      const places = [1, 20, head.length - 3, head.length, head.length + 40, head.length + 200, 70_000, 140_000, 200_000, whole.length - 1];
      for (const place of places) await Promise.all([cut(whole.subarray(0, place), 30, true), cut(whole.subarray(0, place), 10, false)]);
      // downloads and streams, broken off while they run
      const [[id, { person: owner }]] = load.kept;
      const get = (path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${owner.token}\r\n\r\n`);
      for (let i = 0; i < 10; i++) {
        await Promise.all([cut(get(`/api/v1/submissions/${id}/media`), i * 3, i % 2 === 0), cut(get(`/api/v1/submissions/${id}/events`), 20 + i * 40, i % 2 === 0)]);
      }
      await until(async () => readdirSync(join(server.folder, 'files')).length - filesBefore === Number(server.sql('SELECT COUNT(*) FROM media')[0][0]) - rowsBefore,
        'no half file is left');
      await until(async () => openFiles(core) <= before + 2, `core has no more files open than before (${before})`);
      assert.equal(programOf(server, 'core'), core, 'core never ended');
    });

    test('many event streams leave room for everybody else', async (t) => {
      const server = await startServer(engine, { workers: 0, loops: 1 });
      t.after(() => server.stop());
      const person = await server.patient();
      const sent = await server.upload('/api/v1/submit_audio', person.token, recording(20_000), { name: 'a.wav', type: 'audio/wav' });
      const wires = [];
      let taken = 0, refused = 0;
      for (let i = 0; i < 700; i++) {
        const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.certificate, servername: 'localhost' });
        socket.on('error', () => {});
        socket.once('data', (bytes) => { if (/^HTTP\/1.1 200/.test(bytes)) taken++; else if (/^HTTP\/1.1 503/.test(bytes)) refused++; });
        socket.write(`GET /api/v1/submissions/${sent.body.id}/events HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${person.token}\r\n\r\n`);
        wires.push(socket);
        if (i % 50 === 49) await sleep(50);
      }
      await until(async () => taken + refused === 700, 'every stream is taken or refused');
      assert.ok(refused > 0 && taken >= 100, `${taken} taken, ${refused} refused`);
      assert.equal((await server.get('/api/v1/me', person.token)).status, 200);
      assert.equal((await server.upload('/api/v1/submit_audio', person.token, recording(200_000), { name: 'a.wav', type: 'audio/wav' })).status, 201);
      for (const socket of wires) socket.destroy();
      await answers(server, person);
    });

    test('slow clients hold up nobody', async () => {
      const [person] = load.patients;
      const file = recording(50_000);
      const sockets = [];
      for (let i = 0; i < 20; i++) {
        const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.certificate, servername: 'localhost' });
        socket.on('error', () => {});
        socket.write(`POST /api/v1/submit_audio HTTP/1.1\r\nHost: ${server.host}\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: multipart/form-data; boundary=b\r\n` +
          `Content-Length: 60000\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`);
        socket.write(file.subarray(0, 44));
        sockets.push(socket);
      }
      for (let second = 0; second < 3; second++) {
        for (const socket of sockets) socket.write('x');
        const began = Date.now();
        for (let i = 0; i < 10; i++) assert.equal((await server.get('/api/v1/me', person.token)).status, 200);
        assert.ok(Date.now() - began < promised(3000), `ten answers took ${Date.now() - began} ms`);
        await sleep(500);
      }
      for (const socket of sockets) socket.destroy();
    });

    test('SEC-145: a full disk refuses writes, loses nothing, and is forgotten when there is space', async (t) => {
      const keep = `${server.folder}.keep`;
      await server.halt();
      const { uid, gid } = statSync(server.folder);
      execFileSync('cp', ['-a', server.folder, keep]);
      const need = Number(execFileSync('du', ['-sk', keep], { encoding: 'utf8' }).split('\t')[0]);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${need + 12 * 1024}k,mode=700,uid=${uid},gid=${gid}`, 'tmpfs', server.folder]);
      if (mounted.status !== 0) {
        await server.start();
        return t.skip(`no file system may be mounted here: ${mounted.stderr}`);
      }
      try {
        execFileSync('sh', ['-c', `cp -a ${keep}/. ${server.folder}/`]);
        await server.start();
        const [person] = load.patients;
        await load.uploads(person);
        const filler = join(server.folder, 'filler');
        const file = openSync(filler, 'w');
        try {
          for (;;) writeSync(file, Buffer.alloc(65536));
        } catch (error) {
          assert.equal(error.code, 'ENOSPC');
        }
        closeSync(file);
        const sizes = load.kept.size;
        for (let i = 0; i < 5; i++) {
          const answer = await server.upload('/api/v1/submit_audio', person.token, recording(200_000), { name: 'a.wav', type: 'audio/wav' });
          assert.equal(answer.status, 503, answer.text);
          assert.equal(answer.body.code, 'storage_unavailable');
          assert.ok(answer.headers['retry-after']);
        }
        assert.equal(load.kept.size, sizes);
        assert.equal((await server.get('/api/v1/me', person.token)).status, 200, 'what needs no audit row is answered');
        if (engine === 'sqlite') { // the audit lies on the same disk: no disclosure without it
          await until(async () => {
            const look = await server.get(`/api/v1/submissions/${load.drafts[0]}`, load.doctor.token);
            if (look.status === 200) load.disclosed.push(look.headers['x-request-id']); // a last row found room in what was allocated
            else assert.equal(look.body.code, 'storage_unavailable');
            return look.status === 503 && (await server.get('/healthz')).status === 503;
          }, 'disclosures are refused and /healthz says degraded');
        } else {
          assert.equal((await server.get(`/api/v1/submissions/${load.drafts[0]}`, load.doctor.token)).status, 200, 'reads go on where the audit can');
        }
        rmSync(filler);
        await until(async () => {
          const before = load.kept.size;
          await load.uploads(person);
          return load.kept.size > before;
        }, 'writes work again');
        await until(async () => (await server.get('/healthz')).status === 200, '/healthz is well again');
        await load.verify();
        await server.halt();
        execFileSync('sh', ['-c', `rm -rf ${keep} && cp -a ${server.folder} ${keep}`]);
      } finally {
        await server.halt();
        execFileSync('umount', [server.folder]);
        if (existsSync(keep)) execFileSync('sh', ['-c', `cp -a ${keep}/. ${server.folder}/ && rm -rf ${keep}`]);
      }
      await server.start();
      await load.verify();
    });

    test('a worker killed while it works: its submission ends with a reason, nothing else notices', async (t) => {
      const server = await startServer(engine, { workers: 1 });
      t.after(() => server.stop());
      const person = await server.patient();
      const core = programOf(server, 'core');
      const sent = await server.uploadFile('/api/v1/submit_audio', person.token, media.spokenWav(), 'audio/wav');
      assert.equal(sent.status, 201, sent.text);
      const killed = new Set();
      const deadline = Date.now() + HANGS_MS;
      let one;
      do {
        const pid = programOf(server, 'worker');
        if (pid !== undefined && !killed.has(pid)) {
          killed.add(pid);
          process.kill(pid, 'SIGKILL');
        }
        one = (await server.get(`/api/v1/submissions/${sent.body.id}`, person.token)).body;
        await sleep(20);
      } while (['queued', 'processing'].includes(one.status) && Date.now() < deadline);
      assert.ok(killed.size > 0, 'a worker was killed');
      assert.equal(one.status, 'failed', `${JSON.stringify(one)} ${killed.size} killed\n${server.log.slice(-2000)}`);
      assert.ok(one.reason, 'the reason is told');
      assert.equal(programOf(server, 'core'), core);
      assert.equal((await server.get(`/api/v1/submissions/${sent.body.id}/media`, person.token, { raw: true })).status, 200, 'the recording is kept');
      assert.equal(server.command('audit', 'verify').ok, true);
    });

    test('SEC-124: a page that takes more than its processor time is given up; a recording earns its own', async (t) => {
      const server = await startServer(engine, { workers: 1, worker_seconds: 2 });
      t.after(() => server.stop());
      const person = await server.patient();
      const ended = async (id) => {
        for (const deadline = Date.now() + HANGS_MS; Date.now() < deadline; await sleep(200)) {
          const one = (await server.get(`/api/v1/submissions/${id}`, person.token)).body;
          if (!['queued', 'processing'].includes(one.status)) return one;
        }
        return assert.fail(`it never ended\n${server.log.slice(-2000)}`);
      };
      const line = 'Take the quick brown fox over the lazy dog with Metformin 500 mg twice a day after food, then rest.';
      const dense = media.renderPage('dense.png', Array.from({ length: 120 }, (_, i) => `${i} ${line}`).join('\n'));
      const page = await server.uploadFile('/api/v1/submit_prescription', person.token, dense, 'image/png');
      assert.equal(page.status, 201, page.text);
      const voice = await server.uploadFile('/api/v1/submit_audio', person.token, media.converted('long.wav', media.spokenWav(), '-af', 'aloop=2:1e9'), 'audio/wav');
      assert.equal(voice.status, 201, voice.text);
      const given = await ended(page.body.id);
      assert.deepEqual([given.status, given.reason], ['failed', 'killed_time']);
      assert.equal((await ended(voice.body.id)).status, 'draft');
    });
  });
}

/* --- PostgreSQL killed, silenced and started again, in a cluster that this test may kill */

const postgresPrograms = process.env.MEDSCRIBE_POSTGRES ?? '/usr/lib/postgresql/15/bin';

class Cluster {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'ms-pgkill-'));
    this.data = join(this.folder, 'data');
    mkdirSync(this.data, { mode: 0o700 });
    this.who = {};
    if (process.getuid() === 0) {
      const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
      this.who = { uid: number('-u'), gid: number('-g') };
      for (const one of [this.folder, this.data]) chownSync(one, this.who.uid, this.who.gid);
    }
    chmodSync(this.folder, 0o755);
    this.options = { ...this.who, cwd: this.folder, stdio: 'ignore', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
    execFileSync(join(postgresPrograms, 'initdb'), ['-D', this.data, '-U', 'clinic', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'], this.options);
  }

  async start() {
    this.child = spawn(join(postgresPrograms, 'postgres'), ['-D', this.data, '-k', this.folder, '-c', 'listen_addresses=', '-c', 'shared_buffers=32MB'], this.options);
    await until(async () => this.psql('SELECT 1').length === 1, 'PostgreSQL answers');
  }

  psql(sql) {
    const out = execFileSync(join(postgresPrograms, 'psql'), ['-h', this.folder, '-U', 'clinic', '-d', 'postgres', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', sql],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
    return out.split('\n').filter(Boolean);
  }

  family() { return [this.child.pid, ...childrenOf(this.child.pid)]; }

  signal(name) {
    for (const pid of this.family()) {
      try {
        process.kill(pid, name);
      } catch { /* has ended */ }
    }
  }

  async kill() {
    const family = this.family();
    this.signal('SIGKILL');
    await until(async () => family.every((pid) => nameOf(pid) === '' || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))), 'PostgreSQL is dead');
  }

  drop() {
    if (this.child.exitCode === null) this.signal('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

describe('failures of PostgreSQL itself', { skip: !engines.includes('postgresql') }, () => {
  let cluster, server, load;
  before(async () => {
    cluster = new Cluster();
    await cluster.start();
    server = await startServer('own-postgresql', { workers: 0, database: `postgresql://clinic@/postgres?host=${encodeURIComponent(cluster.folder)}` });
    server.clusterSql = (sql) => cluster.psql(sql);
    load = await makeLoad(server);
  });
  after(async () => {
    await server?.stop();
    cluster?.drop();
  });

  test('SEC-174: killed and started again: 503 meanwhile, back within five seconds, nothing lost', async () => {
    const took = await underLoad(load, async () => {
      await cluster.kill();
      for (let i = 0; i < 10; i++) {
        const began = Date.now();
        const answer = await server.get('/api/v1/me', load.doctor.token);
        assert.equal(answer.status, 503, answer.text);
        assert.ok(answer.headers['retry-after'], 'says when to try again');
        assert.ok(Date.now() - began < promised(2500), `the refusal took ${Date.now() - began} ms`);
        await sleep(100);
      }
      await cluster.start();
      return answers(server, load.doctor);
    });
    assert.ok(took <= promised(5000), `back after ${took} ms`);
    await load.verify();
  });

  test('SEC-174: core ends while the database is away: the service waits for it and comes back, nothing lost', async () => {
    await cluster.kill();
    process.kill(programOf(server, 'core'), 'SIGKILL');
    await until(async () => /trying again in 2 seconds/.test(server.log), 'it tries, and waits longer each time');
    await cluster.start();
    await until(async () => (await server.get('/api/v1/me', load.doctor.token).catch(() => ({}))).status === 200, 'it is back');
    assert.equal(server.child.exitCode, null, 'the same service');
    await load.verify();
  });

  test('SEC-174: silent (stopped): nobody hangs for ever, and it goes on when the server does', async () => {
    await underLoad(load, async () => {
      cluster.signal('SIGSTOP');
      const began = Date.now();
      try {
        const asked = await Promise.all(Array.from({ length: 30 }, () => server.get('/api/v1/me', load.doctor.token).then((answer) => answer.status)));
        assert.deepEqual(asked.filter((status) => status !== 503), []);
        assert.ok(Date.now() - began < promised(25_000), `the refusals took ${Date.now() - began} ms`);
      } finally {
        cluster.signal('SIGCONT');
      }
      const took = await answers(server, load.doctor);
      assert.ok(took <= promised(10_000), `back after ${took} ms`);
    });
    await load.verify();
  });
});

/* --- wrong settings and damaged data: exit 78 and one line that names it */

describe('wrong settings', () => {
  const area = mkdtempSync(join(tmpdir(), 'ms-wrong-'));
  chmodSync(area, 0o711);
  after(() => rmSync(area, { recursive: true, force: true }));
  const good = { data: join(area, 'data'), listen: `127.0.0.1:${20_000 + process.pid % 10_000}` };
  const cases = [
    ['listen', { listen: 'nonsense' }], ['listen', { listen: '127.0.0.1' }], ['listen', { listen: '127.0.0.1:65536' }], ['listen', { listen: '256.0.0.1:80' }],
    ['origin', { origin: 'clinic.example' }], ['origin', { origin: 'https://clinic.example/path' }], ['database', { database: 'mysql://root@localhost/x' }],
    ['session_hours', { session_hours: '0' }], ['session_hours', { session_hours: '25' }], ['session_hours', { session_hours: '1e1' }], ['workers', { workers: '-1' }],
    ['loops', { loops: '17' }], ['limits', { limits: 'maybe' }], ['profile', { profile: 'lax' }], ['password_hash', { password_hash: 'md5' }], ['sunset', { sunset: '2027-02-30' }],
    ['language', { language: '../../etc/passwd' }], ['apt install tesseract-ocr-nowhere-land', { language: 'eng+nowhere_land', workers: '1' }], ['plain_http', { plain_http: 'yes', listen: '0.0.0.0:8080' }], ['tls_key', { tls_certificate: '/dev/null' }],
    ['tls_certificate', { tls_certificate: '/nowhere/c.pem', tls_key: '/nowhere/k.pem' }], ['root_key', { root_key: '/nowhere/root.key' }], ['max_audio_mib', { max_audio_mib: '18446744073709551616' }],
    ['no_such', { no_such: 'x' }], ['data: /proc/nowhere cannot be made', { data: '/proc/nowhere' }], ['cannot open its data: DATABASE', { database: 'postgresql://nobody@/none?host=/nowhere' }],
  ];
  for (const [name, settings] of cases) {
    test(`${JSON.stringify(settings)} → 78, names ${name}`, () => {
      const done = runServerOnce({ ...good, ...settings });
      assert.equal(done.status, 78, `${done.status} ${done.stdout}${done.stderr}`);
      assert.ok(done.stderr.split('\n').some((line) => line.includes(name)), done.stderr);
      assert.doesNotMatch(done.stderr, /Sanitizer|runtime error/);
    });
  }
});

describe('damaged data', { skip: !engines.includes('sqlite') }, () => {
  test('SEC-175: a damaged database file at the start → 78, no crash', async () => {
    const server = await startServer('sqlite', { workers: 0 });
    await server.patient();
    await server.halt();
    const path = join(server.folder, 'medscribe.db');
    const settings = { data: server.folder, listen: `127.0.0.1:${20_000 + process.pid % 10_000}` };
    const whole = readFileSync(path);
    const damaged = (act) => {
      const bytes = Buffer.from(whole);
      const changed = act(bytes) ?? bytes;
      execFileSync('sh', ['-c', `cat > '${path}'`], { input: changed });
      for (const rest of ['-wal', '-shm']) rmSync(path + rest, { force: true });
      return runServerOnce(settings);
    };
    for (const [what, act] of [
      ['not a database', () => Buffer.from('this is not a database at all\n'.repeat(200))],
      ['another page size', (bytes) => { bytes.writeUInt16BE(513, 16); }],
      ['cut in the middle of a page', (bytes) => bytes.subarray(0, 5000)],
      ['the schema overwritten', (bytes) => { randomBytes(3000).copy(bytes, 100); }],
      ['pages overwritten', (bytes) => { for (let page = 1; page * 4096 < bytes.length; page++) randomBytes(64).copy(bytes, page * 4096); }],
    ]) {
      const done = damaged(act);
      assert.equal(done.status, 78, `${what}: ${done.status} ${done.signal} ${done.stderr}`);
      assert.match(done.stderr, /cannot open its data/, what);
      assert.doesNotMatch(done.stderr, /Sanitizer|runtime error/);
    }
    execFileSync('sh', ['-c', `cat > '${path}'`], { input: whole });
    await server.start();
    await server.stop();
  });
});

