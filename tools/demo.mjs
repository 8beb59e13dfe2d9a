// make demo: a sample clinic on a fresh folder: administrator, doctor and patient with new passwords, one recording and one
// prescription already worked on. Stays running until Ctrl-C.
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const programs = process.env.MEDSCRIBE_PROGRAMS ?? join(root, 'build/release/src/main');
const folder = process.env.MEDSCRIBE_DATA ?? join(root, 'build/demo/data');
const listen = process.env.MEDSCRIBE_LISTEN ?? '127.0.0.1:8443';
const samples = join(root, 'build/demo/samples');
const port = Number(listen.slice(listen.lastIndexOf(':') + 1));

function freshFolder() {
  const mark = `${folder}.demo`;
  if (existsSync(folder) && !existsSync(mark)) {
    console.error(`demo: ${folder} was not made by make demo; name a folder that does not exist yet`);
    process.exit(78);
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(mark, 'This folder is deleted at the next make demo.\n');
}

function makeSamples() {
  mkdirSync(samples, { recursive: true });
  const spoken = 'I have had a headache since Monday. The pain is worse in the morning. I took one tablet of paracetamol ' +
    'yesterday and it helped a little. I have no fever and no cough.';
  execFileSync('flite', ['-voice', 'rms', '-t', spoken, '-o', join(samples, 'complaint.wav')]);
  const written = 'Dr. A. Example, Sample Clinic\n\nPatient: Pat Sample\n\nRx\nAmoxicillin 500 mg 1 cap TID x 7 days after food\n' +
    'Paracetamol 500 mg 1 tab q6h prn pain\nOmeprazole 20 mg 1 cap OD before breakfast\n';
  execFileSync('pango-view', ['-q', '--dpi=200', '--font=DejaVu Sans 14', '--margin=80', '-t', written,
    `--output=${join(samples, 'prescription.png')}`]);
}

function startServer() {
  return new Promise((resolve, reject) => {
    const child = spawn(join(programs, 'medscribed'), ['--set', `data=${folder}`, '--set', `listen=${listen}`],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (bytes) => {
      said += bytes;
      if (said.includes('MedScribe answers at')) resolve(child);
    });
    child.on('exit', (code) => reject(new Error(`medscribed ended (${code})`)));
  });
}

function command(...words) {
  return JSON.parse(execFileSync(join(programs, 'medscribe'), ['--data', folder, '--json', ...words], { encoding: 'utf8' }));
}

function ask(method, path, { token, body, type } = {}) {
  const headers = { Host: `localhost:${port}` };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (type) headers['Content-Type'] = type;
  if (body) headers['Content-Length'] = body.length;
  return new Promise((resolve, reject) => {
    const r = request({ host: listen.slice(0, listen.lastIndexOf(':')).replace(/[[\]]/g, '').replace('0.0.0.0', '127.0.0.1'), port, method, path,
      servername: 'localhost', headers, ca: readFileSync(join(folder, 'certificate.pem')) }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode >= 400) reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        else resolve(text ? JSON.parse(text) : null);
      });
    });
    r.on('error', reject);
    r.end(body);
  });
}

function upload(token, path, name, type) {
  const boundary = `demo${Math.random().toString(36).slice(2)}`;
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`),
    readFileSync(join(samples, name)), Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return ask('POST', path, { token, body, type: `multipart/form-data; boundary=${boundary}` });
}

async function finished(token, id) {
  for (let second = 0; second < 180; second++) {
    const submission = await ask('GET', `/api/v1/submissions/${id}`, { token });
    if (!['queued', 'processing'].includes(submission.status)) return submission.status;
    await new Promise((go) => setTimeout(go, 1000));
  }
  return 'still under way';
}

async function main() {
  freshFolder();
  makeSamples();
  const server = await startServer();
  const stop = () => server.kill('SIGTERM');
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  server.removeAllListeners('exit');
  server.on('exit', (code) => process.exit(code ?? 1));
  const people = [
    ['administrator', command('admin', 'create', '--username', 'admin', '--email', 'admin@clinic.example')],
    ['doctor', command('user', 'create', '--username', 'doctor', '--email', 'doctor@clinic.example', '--role', 'doctor')],
    ['patient', command('user', 'create', '--username', 'patient', '--email', 'patient@clinic.example', '--role', 'patient')],
  ];
  const patient = people[2][1];
  const login = JSON.stringify({ username: patient.username, password: patient.password });
  const { access_token: token } = await ask('POST', '/api/v1/login', { body: Buffer.from(login), type: 'application/json' });
  const recording = await upload(token, '/api/v1/submit_audio', 'complaint.wav', 'audio/wav');
  const page = await upload(token, '/api/v1/submit_prescription', 'prescription.png', 'image/png');
  console.log('The sample recording and the sample prescription are being worked on …');
  console.log(`  recording     ${await finished(token, recording.id)}`);
  console.log(`  prescription  ${await finished(token, page.id)}`);
  console.log(`\nThe sample clinic answers at https://localhost:${port}/ (passwords are shown only here)\n`);
  for (const [role, person] of people) console.log(`  ${role.padEnd(14)} ${person.username.padEnd(10)} ${person.password}`);
  console.log('\nCtrl-C stops it; the next make demo begins afresh.');
}

main().catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exit(1);
});
