// Model servers elsewhere, with the whole service: what starts, what is refused, what leaves. SEC-089, SEC-129, SEC-161, M10.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { certificates, json, modelServer } from './lib/modelserver.mjs';
import { engines, programs as folder, runServerOnce, startServer, sleep } from './lib/server.mjs';

const certificate = certificates();
chmodSync(certificate.folder, 0o755);
chmodSync(certificate.authority, 0o644);

// The programs of this server, by their names.
function programs(server) {
  const out = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
      if (parent === server.child.pid) out[readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0].replace('medscribe-', '')] = Number(pid);
    } catch { /* has ended */ }
  }
  return out;
}

// Asynchronous, because the model servers that it asks are in this process.
const doctor = (settings) => new Promise((done) => {
  const env = { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' };
  for (const [name, value] of Object.entries(settings)) env[`MEDSCRIBE_${name.toUpperCase()}`] = value;
  execFile(join(folder, 'medscribe'), ['--data', join(certificate.folder, 'never'), '--json', 'doctor'], { env, encoding: 'utf8' }, (error, out, log) => {
    assert.doesNotMatch(log, /Sanitizer|runtime error:/, log);
    done(JSON.parse(out));
  });
});

test('SEC-089: settings that would let something out are refused at the start', () => {
  const refused = (settings, said) => {
    const done = runServerOnce({ data: join(certificate.folder, 'never'), listen: '127.0.0.1:8443', ...settings });
    assert.equal(done.status, 78, `${JSON.stringify(settings)}: ${done.stderr}`);
    assert.match(done.stderr, said);
  };
  const key = join(certificate.folder, 'open-key');
  writeFileSync(key, 'sk-1\n');
  chmodSync(key, 0o644);
  const speech_server = 'https://models.clinic.example/v1';
  refused({ speech_server, remote_hosts: 'other.example' }, /speech_server: its host models\.clinic\.example is not in remote_hosts/);
  refused({ speech_server, remote_hosts: 'models.clinic.example', text_server: 'https://second.example/v1', text_model: 'm' },
    /text_server: its host second\.example is not in remote_hosts/);
  refused({ speech_server: 'http://models.clinic.example/v1' }, /speech_server: this value is not allowed; give https/);
  refused({ speech_server: 'https://user:word@models.clinic.example/v1' }, /speech_server/);
  refused({ text_server: 'https://169.254.169.254/v1' }, /text_server: this value is not allowed; no model server can be at this address/);
  refused({ text_server: 'https://models.clinic.example/v1' }, /text_model: is missing/);
  refused({ speech_server, speech_key: key }, /speech_key: .* can be read by other users/);
  refused({ speech_server, speech_key: `${key}-no` }, /speech_key: .* is not there/);
});

for (const engine of engines.slice(0, 1)) {
  test(`${engine}: without a server nothing that could reach out runs`, async () => {
    const server = await startServer(engine);
    try {
      const running = programs(server);
      assert.ok(running.core > 0 && running.front > 0 && running.vault > 0);
      assert.equal(running.courier, undefined);
    } finally {
      await server.stop();
    }
  });

  test(`${engine}: courier runs, holds no file and no database, and ends alone`, async () => {
    const models = await modelServer((request, response) => json(response, { object: 'list', data: [{ id: 'whisper-1' }] }), { tls: certificate.good });
    const server = await startServer(engine, { speech_server: models.url, remote_ca: certificate.authority, text_server: models.url, text_model: 'clinic-7b' });
    try {
      const first = programs(server);
      assert.ok(first.courier > 0);
      const open = readdirSync(`/proc/${first.courier}/fd`).map((fd) => readlinkSync(`/proc/${first.courier}/fd/${fd}`));
      assert.deepEqual(open.filter((path) => path.startsWith('/') && path !== '/dev/null'), [], 'no file is open');
      assert.match(readFileSync(`/proc/${first.courier}/status`, 'utf8'), /Seccomp:\t2/);
      process.kill(first.courier, 'SIGKILL');
      for (const end = Date.now() + 10_000; Date.now() < end; await sleep(100)) if (programs(server).courier && programs(server).courier !== first.courier) break;
      const second = programs(server);
      assert.ok(second.courier > 0 && second.courier !== first.courier, 'it came back');
      assert.equal(second.core, first.core, 'and nobody else was touched');
    } finally {
      await server.stop();
      await models.stop();
    }
  });
}

test('medscribe doctor says in plain words what is wrong with a server', async () => {
  const key = join(certificate.folder, 'doctor-key');
  writeFileSync(key, 'sk-doctor\n');
  chmodSync(key, 0o600);
  const ask = async (settings) => (await doctor({ remote_ca: certificate.authority, speech_key: key, ...settings })).checks.filter((check) => /^(speech|text|model) server/.test(check.check));
  const models = (tls) => modelServer((request, response) => (request.headers.authorization === 'Bearer sk-doctor' ? json(response, { data: [{ id: 'whisper-1' }] }) : json(response, {}, 401)), { tls });
  const good = await models(certificate.good);
  const wrong = await models(certificate.name);
  try {
    const [speech, text] = await ask({ speech_server: good.url, text_server: wrong.url, text_model: 'm' });
    assert.deepEqual([speech.check, speech.state], ['speech server', 'ok']);
    assert.match(speech.found, /answers and has the model whisper-1/);
    assert.equal(text.state, 'wrong');
    assert.match(text.found, /does not prove who it is: .*: SSL/);
    assert.match(text.mend, /remote_ca/);
    const [other] = await ask({ speech_server: good.url, speech_model: 'large' });
    assert.deepEqual([other.state, /does not list the model large/.test(other.found)], ['warning', true]);
    const [refused] = await ask({ speech_server: good.url, speech_key: '' });
    assert.match(refused.found, /does not accept the key/);
    const [nobody] = await ask({ speech_server: 'https://127.0.0.1:9/v1' });
    assert.match(nobody.found, /cannot be reached/);
    chmodSync(key, 0o644);
    const [open] = await ask({ speech_server: good.url });
    assert.match(open.found, /can be read by other users/);
    assert.deepEqual((await ask({}))[0].found, 'none is set: recordings and texts stay on this machine');
  } finally {
    await good.stop();
    await wrong.stop();
  }
});
