// Recordings and pages for the tests: real ones from the shared data where they are, else made on the spot.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { root } from './server.mjs';

const shared = resolve(process.env.MEDSCRIBE_SHARED_DATA ?? join(root, '../shared/data'));
const area = mkdtempSync(join(tmpdir(), 'ms-media-'));
process.on('exit', () => rmSync(area, { recursive: true, force: true }));

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const run = (program, ...words) => execFileSync(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
const kept = new Map();
const once = (name, make) => {
  if (!kept.has(name)) kept.set(name, make(join(area, name)) ?? join(area, name));
  return kept.get(name);
};

const spoken = 'I have had a headache since Monday. The pain is worse in the morning. I took one tablet of paracetamol yesterday and it helped a little.';
const written = 'Dr. A. Example, Sample Clinic\n\nPatient: Pat Sample\n\nRx\nAmoxicillin 500 mg 1 cap TID x 7 days after food\n' +
  'Paracetamol 500 mg 1 tab q6h prn pain\nOmeprazole 20 mg 1 cap OD before breakfast\n';

const visited = 'Good morning. What brings you here today? I have had a fever since Tuesday evening and a dry cough at night. '
  + 'The pain in my left knee is worse in the morning. I took paracetamol five hundred milligrams twice yesterday and it helped a little. '
  + 'I have no pain in the chest. On examination the throat is red and the lungs are clear. I think this is a viral infection. '
  + 'Drink plenty of water and rest for three days. Come back next week if the fever does not go away.';

/** A made voice: always the same words, short enough for many tests. */
export const spokenWav = () => once('spoken.wav', (path) => { run('flite', '-voice', 'rms', '-t', spoken, '-o', path); });

/** A made visit, for consultations. */
export const visitWav = () => once('visit.wav', (path) => { run('flite', '-voice', 'rms', '-t', visited, '-o', path); });

export function renderPage(name, text, dpi = 150) {
  return once(name, (path) => { run('pango-view', '-q', `--dpi=${dpi}`, '--font=DejaVu Sans 14', '--margin=60', '-t', text, `--output=${path}`); });
}
export const writtenPng = () => renderPage('prescription.png', written);

/** A person's recording: { path, type, reference } — reference is what was said, null when the voice is made. */
export function realSpeech() {
  const list = join(shared, 'speech/manifest.tsv');
  if (!existsSync(list)) return { path: spokenWav(), type: 'audio/wav', reference: spoken };
  const [head, ...rows] = readFileSync(list, 'utf8').trim().split('\n').map((line) => line.split('\t'));
  const items = rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
  const clear = items.find((item) => item.set === 'lj' && Number(item.seconds) > 5) ?? items[0];
  const file = join(shared, 'speech', clear.file);
  return existsSync(file) ? { path: file, type: 'audio/flac', reference: clear.reference } : { path: spokenWav(), type: 'audio/wav', reference: spoken };
}

/** A photographed page: { path, type, truth }. */
export function realPage(kind = 'typed_clean') {
  const folder = join(shared, 'prescriptions/images');
  const name = existsSync(folder) ? readdirSync(folder).find((file) => file.startsWith(kind) && /\.jpe?g$/.test(file)) : undefined;
  if (!name) return { path: writtenPng(), type: 'image/png', truth: written };
  return { path: join(folder, name), type: 'image/jpeg', truth: readFileSync(join(folder, name.replace(/\.jpe?g$/, '.txt')), 'utf8') };
}

export const silenceWav = () => once('silence.wav', (path) => { run('sox', '-n', '-r', '16000', '-b', '16', path, 'trim', '0', '4'); });
export const noiseWav = () => once('noise.wav', (path) => { run('sox', '-R', '-n', '-r', '16000', '-b', '16', path, 'synth', '5', 'whitenoise', 'vol', '0.1'); });
export const blankPng = () => once('blank.png', (path) => { run('ffmpeg', '-loglevel', 'error', '-f', 'lavfi', '-i', 'color=white:size=1240x1754', '-frames:v', '1', path); });
export const darkPng = () => once('dark.png', (path) => { run('ffmpeg', '-loglevel', 'error', '-f', 'lavfi', '-i', 'color=0x050505:size=1240x1754', '-frames:v', '1', path); });
/** The head of a file and then nonsense. */
export const broken = (name, source, keep) => once(name, (path) => {
  writeFileSync(path, Buffer.concat([readFileSync(source).subarray(0, keep), Buffer.alloc(20_000, 0xa5)]));
});
/** A PNG whole in its frame, with sums that fit, whose pixels do not decompress. */
export const damagedPng = () => once('damaged.png', (path) => {
  const bytes = Buffer.from(readFileSync(writtenPng()));
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') {
      bytes.fill(0xa5, at + 8, at + 8 + length);
      bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + 8 + length)), at + 8 + length);
    }
    at += 12 + length;
  }
  writeFileSync(path, bytes);
});
/** The same sound in another container. */
export const converted = (name, source, ...options) => once(name, (path) => { run('ffmpeg', '-loglevel', 'error', '-y', '-i', source, ...options, path); });
/** 48 kHz, as a browser's fake microphone wants it. */
export const microphoneWav = (voice = realSpeech().path) => converted(`microphone-${basename(voice)}.wav`, voice, '-ar', '48000', '-ac', '1', '-c:a', 'pcm_s16le');
/** The shortest file that is taken: for tests that do not care what is in it. */
export const tinyWav = () => once('tiny.wav', (path) => { run('sox', '-n', '-r', '16000', '-b', '16', path, 'trim', '0', '1'); });
export const readMedia = (path) => readFileSync(path);
/** The sound alone: metadata is not kept, samples are. */
export const samplesDigest = (bytes) => execFileSync('ffmpeg', ['-loglevel', 'error', '-i', 'pipe:0', '-f', 'md5', '-'], { input: bytes, encoding: 'utf8', maxBuffer: 1 << 20 });
