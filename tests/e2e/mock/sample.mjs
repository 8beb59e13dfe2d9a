// Believable content for the mock: one clinic, invented people, no real person's words.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linesPng, speechWav } from './media.mjs';

const PASSWORD = 'Sample-1234';
const MIN = 60_000;
const ago = (minutes) => new Date(Date.now() - minutes * MIN).toISOString();

const spoken = 'Good morning doctor . I have had a fever since Tuesday evening and a dry cough that keeps me awake at night . '
  + 'The fever goes up to one hundred and two . I took paracetamol five hundred twice yesterday and it came down for some hours . '
  + 'My throat is sore and I have a headache behind the eyes . I also take metformin five hundred in the morning and at night for sugar . '
  + 'My son had the same cough last week . I am allergic to sulpha tablets I think . I have no pain in the chest and no trouble breathing . '
  + 'Also I felt giddy when I got up on thursday and the black tablet from the other doctor did not help';
const unsure = new Set(['sulpha', 'giddy', 'black', 'tablet', 'metformin', 'behind']);

function voiceEvidence() {
  let at = 400;
  const words = [];
  for (const raw of spoken.split(' ')) {
    if (raw === '.') { at += 520; continue; }
    const length = 110 + raw.length * 55;
    const shaky = unsure.has(raw);
    words.push({ text: raw.toLowerCase(), start_ms: at, end_ms: at + length, confidence: shaky ? 0.41 + (raw.length % 3) * 0.06 : 0.84 + (raw.length % 7) * 0.02 });
    at += length + 55;
  }
  return { words, duration: at + 500 };
}

const spanOf = (words, from, to) => {
  const text = words.map((w) => w.text);
  const start = text.findIndex((_, i) => from.every((part, j) => text[i + j] === part));
  const end = to ? text.findIndex((_, i) => i >= start && to.every((part, j) => text[i + j] === part)) + to.length - 1 : start + from.length - 1;
  return [start, end];
};
const engine = { name: 'pocketsphinx', version: '5prealpha', model: 'en-us' };
const drafter = { name: 'medscribe-clinic', version: '1' };

function voice() {
  const { words, duration } = voiceEvidence();
  const at = (from, to) => [spanOf(words, from.split(' '), to?.split(' '))];
  const lines = [
    { text: 'Fever since Tuesday evening, up to 102 °F; dry cough at night.', spans: [...at('i have had', 'at night'), ...at('the fever goes', 'and two')], understood: true, question: null },
    { text: 'Sore throat, headache behind the eyes.', spans: at('my throat', 'the eyes'), understood: true, question: null },
    { text: 'Paracetamol 500 mg twice yesterday, relief for some hours.', spans: at('i took', 'some hours'), understood: true, question: null },
    { text: 'Takes metformin 500 mg morning and night (diabetes).', spans: at('i also take', 'for sugar'), understood: true, question: null },
    { text: 'Possible allergy: “sulpha tablets”.', spans: at('i am allergic', 'i think'), understood: false, question: 'Which medicine is meant, and what happened when it was taken?' },
    { text: 'Son had the same cough last week. No chest pain, no trouble breathing.', spans: [...at('my son', 'last week'), ...at('i have no pain', 'trouble breathing')], understood: true, question: null },
    { text: '“the black tablet from the other doctor”', spans: at('the black', 'not help'), understood: false, question: 'Which tablet is the black tablet?' },
  ];
  const text = words.map((w) => w.text).join(' ');
  return { text, evidence: { version: 1, engine, media: { type: 'audio', duration_ms: duration }, text, words,
    draft: { kind: 'doctor_summary', text: lines.map((l) => l.text).join('\n'), engine: drafter, lines } } };
}

const rx = [
  'Lotus Polyclinic', 'Dr. A. K. Verma, MBBS MD', 'Reg. No. 24738', 'Name: Asha Menon  Age: 36  Date: 24/01/2026', 'Rx',
  '1. Tab Amoxicillin 500 mg', '1-0-1 x 5 days', '2. Tab Pantoprazole 40 mg', 'OD AC x 10 days', '3. Syr Ambroxol 5 ml', 'TDS x 3 days',
  '4. Tab Dolo 650', 'SOS', 'Advice: plenty of fluids, rv 5/7',
];

function pictureWords() {
  const words = [];
  rx.forEach((line, n) => {
    let x = 110;
    for (const part of line.split(/\s+/)) {
      const width = part.length * 21;
      words.push({ text: part, page: 0, box: [x, 120 + n * 92, width, 44], confidence: ['Ambroxol', 'rv', '5/7', 'Dolo'].includes(part) ? 0.47 : 0.96, line: n });
      x += width + 22;
    }
  });
  return { width: 1000, height: 1480, words };
}

function prescription(samples) {
  const file = samples && join(samples, 'prescription.json');
  const picture = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : pictureWords();
  const { words } = picture;
  const onLine = (n) => [words.findIndex((w) => w.line === n), words.findLastIndex((w) => w.line === n)];
  const make = (text, rows, question = null) => ({ text, spans: rows.map(onLine), understood: question === null, question });
  const lines = [
    make('Amoxicillin 500 mg tablet: take 1 tablet in the morning and 1 at night, for 5 days.', [5, 6]),
    make('Pantoprazole 40 mg tablet: take 1 tablet once a day before food, for 10 days.', [7, 8]),
    make('Ambroxol syrup: take 5 ml three times a day, for 3 days.', [9, 10]),
    make('Dolo 650 tablet: take only when needed.', [11, 12], 'Needed for what, and how many a day at most?'),
    make('Drink plenty of fluids.', [13]),
    make('“rv 5/7”', [13], 'Does this mean: review after 5 days?'),
  ];
  const text = rx.join('\n');
  return { text, evidence: { version: 1, engine: { name: 'tesseract', version: '5.3.0', model: 'eng' },
    media: { type: 'image', pages: [{ width: picture.width, height: picture.height }] }, text, words,
    draft: { kind: 'patient_instructions', text: lines.map((l) => l.text).join('\n'), engine: drafter, lines } },
  bytes: samples && existsSync(join(samples, 'prescription.png')) ? readFileSync(join(samples, 'prescription.png')) : linesPng(picture.width, picture.height, words.map((w) => w.box)) };
}

export function makeClinic(samples) {
  const clinic = { users: [], submissions: [], looks: [], auditRows: [], oldSessions: [] };
  const heard = voice();
  const read = prescription(samples);
  const wav = samples && existsSync(join(samples, 'voice.wav')) ? readFileSync(join(samples, 'voice.wav')) : speechWav(heard.evidence.words, heard.evidence.media.duration_ms);
  clinic.voice = { ...structuredClone(heard), media: { type: 'audio/wav', bytes: wav } };
  let previous = '0'.repeat(64);

  clinic.user = (username, type, state, email = `${username}@example.org`, password = PASSWORD) => {
    const user = { id: randomUUID(), username, email, user_type: type, role_state: state, created_at: ago(60 * 24 * (3 + clinic.users.length * 2)), password };
    clinic.users.push(user);
    return user;
  };
  clinic.audit = (fields) => {
    const line = { seq: clinic.auditRows.length + 1, timestamp: fields.at ?? new Date().toISOString(), request_id: randomUUID(), ...fields };
    delete line.at;
    previous = createHash('sha256').update(previous + JSON.stringify(line)).digest('hex');
    clinic.auditRows.push({ ...line, hash: previous });
  };
  clinic.look = (of, who, action, type, minutes = 0) => {
    clinic.looks.unshift({ of, at: ago(minutes), who: who.username, role: who.user_type, action, resource_type: type, count: 1 });
  };
  clinic.submission = (user, type, status, minutes, extra = {}) => {
    const source = structuredClone(type === 'audio' ? heard : { text: read.text, evidence: read.evidence });
    const at = ago(minutes);
    const s = { id: randomUUID(), user_id: user.id, username: user.username, type, status, version: status === 'queued' ? 1 : 2, reason: null,
      question: null, created_at: at, updated_at: at, percent: null, stage: null, position: null, ...source, draft: source.evidence.draft.text,
      media: type === 'audio' ? { type: 'audio/wav', bytes: wav } : { type: 'image/png', bytes: read.bytes },
      history: [{ version: 1, status: 'queued', at, by: user.id }, ...(status === 'queued' ? [] : [{ version: 2, status: status === 'failed' ? 'failed' : 'draft', at, by: null }])], ...extra };
    clinic.submissions.unshift(s);
    clinic.submissions.sort((a, b) => b.created_at.localeCompare(a.created_at));
    return s;
  };
  clinic.jobs = () => clinic.submissions.map((s, i) => ({ id: createHash('sha256').update(s.id).digest('hex').slice(0, 32).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    kind: s.type === 'audio' ? 'transcribe' : 'read_page', state: s.status === 'queued' ? 'queued' : s.status === 'processing' ? 'running' : s.status === 'failed' ? 'failed' : 'done',
    attempts: s.status === 'failed' ? 3 : 1, percent: s.percent ?? (s.status === 'queued' ? 0 : 100), stage: s.stage, submission_id: s.id,
    last_error: s.status === 'failed' ? s.reason : null, created_at: s.created_at, updated_at: ago(i) }));

  const asha = clinic.user('asha', 'patient', 'active', 'asha.menon@example.org');
  const rao = clinic.user('dr.rao', 'doctor', 'active');
  clinic.user('dr.new', 'doctor', 'pending', 'n.kulkarni@example.org');
  const admin = clinic.user('admin', 'admin', 'active');
  clinic.user('auditor', 'auditor', 'active');
  clinic.user('reader', 'readonly', 'active');
  clinic.user('empty', 'patient', 'active');
  const names = ['imran.shaikh', 'lakshmi', 'joseph.dsouza', 'meera', 'harpreet', 'r.banerjee', 'fatima', 'gopal', 'sunita.devi', 'thomas'];
  const others = names.map((name, i) => clinic.user(name, 'patient', i === 8 ? 'disabled' : 'active'));
  clinic.user('dr.pillai', 'doctor', 'pending');

  clinic.submission(asha, 'prescription', 'approved', 60 * 26, { version: 4, approved_by_name: 'dr.rao', approved_at: ago(60 * 25) });
  clinic.submission(asha, 'audio', 'draft', 52);
  clinic.submission(asha, 'audio', 'returned', 60 * 5, { version: 3, question: 'Which tablet is the black one? Please read me its name, or photograph the strip.' });
  clinic.submission(asha, 'prescription', 'failed', 60 * 30, { reason: 'too_dark' });
  clinic.submission(asha, 'audio', 'approved', 60 * 24 * 9, { version: 3, approved_by_name: 'dr.rao', approved_at: ago(60 * 24 * 9 - 40), draft: 'What the doctor found:\nYou have a common cold.\nNo antibiotic is needed.\nWhat to do:\nDrink warm fluids and rest for 3 days.\nTake paracetamol 500 mg only when you have fever, at most 4 tablets a day.\nCome back when the fever lasts longer than 3 days or breathing becomes hard.' });
  others.forEach((user, i) => clinic.submission(user, i % 3 === 1 ? 'audio' : 'prescription', i === 4 ? 'processing' : i === 6 ? 'approved' : 'draft', 9 + i * 37,
    i === 4 ? { percent: 40, stage: 'recognising' } : {}));
  const pdf = clinic.submission(others[2], 'prescription', 'draft', 21);
  pdf.media = { type: 'application/pdf', bytes: Buffer.from('%PDF-1.4\n%%EOF\n') };
  clinic.submission(others[1], 'audio', 'failed', 70, { reason: 'no_speech' });

  clinic.look(asha.id, rao, 'submission.read', 'submission', 60 * 25);
  clinic.look(asha.id, rao, 'media.read', 'media', 60 * 25 - 1);
  clinic.look(asha.id, rao, 'submission.approve', 'submission', 60 * 25 - 4);
  clinic.look(asha.id, asha, 'submission.read', 'submission', 60 * 20);
  clinic.looks[0].count = 3;
  for (let i = 70; i > 0; i -= 1) {
    const [who, action, type] = [[rao, 'submission.read', 'submission'], [asha, 'login', 'session'], [rao, 'media.read', 'media'], [admin, 'audit.read', 'audit'], [null, 'login.failed', 'session'], [asha, 'submission.create', 'submission'], [rao, 'submission.approve', 'submission']][i % 7];
    clinic.audit({ at: ago(i * 11), user_id: who?.id ?? null, action, resource_type: type, resource_id: type === 'submission' ? clinic.submissions[i % 8].id : null,
      ip_address: i % 5 ? '192.0.2.14' : '203.0.113.90', user_agent: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36', success: action !== 'login.failed', details: action === 'login.failed' ? { login: 'asha' } : {} });
  }
  clinic.oldSessions.push({ id: randomUUID(), user: asha, created_at: ago(60 * 20), expires_at: ago(-60 * 4), user_agent: 'Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36' });
  return clinic;
}
