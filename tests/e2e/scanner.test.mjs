// Uploads go through a real clamd, which knows one signature: the EICAR test string.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { until } from './lib/processes.mjs';
import { engines, isProblem, programs, startServer } from './lib/server.mjs';

// In two parts, so that a scanner on the developer's own machine leaves this file alone.
const EICAR = Buffer.from(['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD', '-ANTIVIRUS-TEST-FILE!$H+H*'].join(''), 'latin1');

/** A clamd of its own in a folder of its own; its signatures are the one above. */
class Clamd {
  constructor() {
    this.area = mkdtempSync(join(tmpdir(), 'ms-clamd-'));
    this.socket = join(this.area, 'socket');
    mkdirSync(join(this.area, 'signatures'));
    writeFileSync(join(this.area, 'signatures', 'own.ndb'), `Test-Eicar:0:*:${EICAR.toString('hex')}\n`);
    writeFileSync(join(this.area, 'clamd.conf'), ['Foreground yes', `LocalSocket ${this.socket}`, 'LocalSocketMode 666', `DatabaseDirectory ${join(this.area, 'signatures')}`,
      `LogFile ${join(this.area, 'log')}`, `User ${process.getuid() === 0 ? 'root' : process.env.USER ?? 'nobody'}`, 'StreamMaxLength 2M'].join('\n') + '\n');
    spawn('chmod', ['-R', 'a+rX', this.area]);
  }

  async start() {
    this.child = spawn('/usr/sbin/clamd', ['-c', join(this.area, 'clamd.conf')], { stdio: 'ignore' });
    const ended = new Promise((_, failed) => { this.child.once('error', failed); this.child.once('exit', (code) => failed(new Error(`clamd ended with ${code}`))); });
    ended.catch(() => {});
    await Promise.race([until(async () => existsSync(this.socket), 'clamd has a socket'), ended]);
  }

  async stop() {
    if (!this.child) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.removeAllListeners('exit');
    this.child.once('exit', () => {});
    const gone = new Promise((done) => this.child.once('close', done));
    this.child.kill('SIGTERM');
    await Promise.race([gone, ended]);
    this.child = null;
    rmSync(this.socket, { force: true });
  }
}

/** A recording that carries the test string among its samples. */
function infected(seconds = 1) {
  const bytes = Buffer.from(readFileSync(media.tinyWav()));
  const data = bytes.indexOf('data') + 8;
  EICAR.copy(bytes, data + 2000);
  if (seconds === 1) return bytes;
  const samples = Buffer.alloc(seconds * 32_000);
  bytes.copy(samples, 0, data);
  const head = Buffer.from(bytes.subarray(0, data));
  head.writeUInt32LE(samples.length, data - 4);
  head.writeUInt32LE(data - 8 + samples.length, 4);
  return Buffer.concat([head, samples]);
}

for (const engine of engines) {
  describe(`virus scanner on ${engine}`, () => {
    const clamd = new Clamd();
    let server, patient, admin;
    const submit = (bytes) => server.upload('/submit_audio', patient.token, bytes, { name: 'a.wav', type: 'audio/wav' });
    const files = () => readdirSync(join(server.folder, 'files'), { recursive: true }).length;
    const actions = async (action) => (await server.get(`/api/v1/admin/audit?action=${action}`, admin.token)).body.results;

    before(async () => {
      await clamd.start();
      server = await startServer(engine, { malware_scanner: clamd.socket, workers: 0 });
      [patient, admin] = [await server.patient('pat1'), await server.admin('adm1')];
    });
    after(async () => {
      await clamd.stop();
      await server.stop();
      rmSync(clamd.area, { recursive: true, force: true });
    });

    test('SEC-127: what is clean is taken in', async () => {
      assert.equal((await submit(readFileSync(media.tinyWav()))).status, 201);
    });

    test('SEC-127: EICAR inside a recording is refused as malware, kept sealed apart, told, and reaches nobody', async () => {
      const before = files();
      isProblem(await submit(infected()), 422, 'malware');
      assert.equal(files(), before + 1, 'the file is kept');
      const [[bytes, found]] = server.sql('SELECT bytes, found FROM quarantine');
      assert.equal(found, 'Test-Eicar.UNOFFICIAL');
      assert.ok(Number(bytes) > 32_000);
      assert.equal(server.sql('SELECT COUNT(*) FROM submissions')[0][0], '1', 'no submission came of it');
      assert.equal(server.sql('SELECT COUNT(*) FROM media')[0][0], '1');
      for (const name of readdirSync(join(server.folder, 'files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()))
        assert.equal(readFileSync(join(name.parentPath ?? name.path, name.name)).includes(EICAR), false, 'nothing lies open on the disk');
      const [row] = await actions('media.malware');
      assert.equal(row.success, false);
      assert.equal(row.user_id, patient.id);
      assert.equal(row.details.reason, 'Test-Eicar.UNOFFICIAL');
      assert.match(server.log, /alert: the virus scanner found something/);
    });

    test('SEC-127: the scanner refuses a stream that is longer than it takes: nothing is taken in', async () => {
      isProblem(await submit(infected(120)), 503, 'scanner_unavailable');
      assert.equal(server.sql('SELECT COUNT(*) FROM media')[0][0], '1');
    });

    test('SEC-127: without its scanner the clinic refuses uploads, and takes them again when it is back', async () => {
      await clamd.stop();
      const before = files();
      isProblem(await submit(readFileSync(media.tinyWav())), 503, 'scanner_unavailable');
      assert.equal(files(), before, 'nothing is left behind');
      const doctor = spawnSync(join(programs, 'medscribe'), ['--data', server.folder, 'doctor'], { encoding: 'utf8', env: { ...process.env, MEDSCRIBE_MALWARE_SCANNER: clamd.socket } });
      assert.match(doctor.stdout, /virus scanner[^]*does not answer/i);
      await clamd.start();
      assert.equal((await submit(readFileSync(media.tinyWav()))).status, 201);
      isProblem(await submit(infected()), 422, 'malware');
    });

    test('SEC-127: with malware_scanner_down = accept an upload is taken in unscanned, and that is on record', async () => {
      await clamd.stop();
      await server.halt();
      server.settings.malware_scanner_down = 'accept';
      await server.start();
      const taken = await submit(readFileSync(media.tinyWav()));
      assert.equal(taken.status, 201, taken.text);
      assert.equal((await actions('media.unscanned')).length, 1);
      await clamd.start();
      isProblem(await submit(infected()), 422, 'malware');
    });

    test('S5: what lies in quarantine takes of the same space: it cannot fill the disk', async () => {
      await server.halt();
      server.settings.max_user_mib = 1;
      await server.start();
      patient = await server.patient('pat2');
      isProblem(await submit(infected(20)), 422, 'malware');
      isProblem(await submit(infected(20)), 507, 'quota_exceeded');
      assert.equal(Number(server.sql('SELECT COUNT(*) FROM quarantine WHERE bytes > 600000')[0][0]), 1);
    });
  });
}
