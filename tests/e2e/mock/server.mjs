// A stand-in for the C server while the pages are built and tested alone: node only, nothing is stored.
//   node server.mjs [--port 8480] [--dist ../../../ui/dist] [--samples DIR] [--slow MS]
// DIR may hold what make-samples.mjs wrote: prescription.png, prescription.json, voice.wav, voice.json.
// Accounts (password Sample-1234): asha (patient), dr.rao (doctor), dr.new (doctor, pending), admin, auditor, reader.
import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeConsents } from './consents.mjs';
import { noteRoutes } from './notes.mjs';
import { makeClinic } from './sample.mjs';

const { values: options } = parseArgs({ options: {
  port: { type: 'string', default: '8480' },
  dist: { type: 'string', default: fileURLToPath(new URL('../../../ui/dist', import.meta.url)) },
  samples: { type: 'string' },
  slow: { type: 'string', default: '0' },
} });
const clinic = makeClinic(options.samples);
const sessions = new Map();
const watchers = new Map();
const setupTokens = new Set(['first-admin-token']);
let slow = Number(options.slow);
let failNext = null;

const policy = (nonce) => [
  "default-src 'none'", "script-src 'self'", `style-src 'self' 'nonce-${nonce}'`, "img-src 'self' blob:",
  "media-src 'self' blob:", "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "form-action 'self'",
  "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'",
].join('; ');
const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json',
};

class Refusal extends Error {
  constructor(status, code, title, extra = {}) { super(code); Object.assign(this, { status, code, title, extra }); }
}
const now = () => new Date().toISOString();
const publicUser = ({ id, username, email, user_type, role_state, created_at }) =>
  ({ id, username, email, user_type, role_state, created_at });

function json(res, status, body, headers = {}) {
  const text = body === undefined ? '' : JSON.stringify(body);
  res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  res.end(text);
}

function problem(res, refusal) {
  res.writeHead(refusal.status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store',
    ...(refusal.status === 429 && { 'Retry-After': '42' }) });
  res.end(JSON.stringify({ type: 'about:blank', title: refusal.title, status: refusal.status, code: refusal.code,
    request_id: randomUUID(), ...refusal.extra }));
}

async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function fieldsOf(req, allowed, lists = []) {
  let value;
  try { value = JSON.parse((await bodyOf(req)).toString('utf8')); } catch { throw new Refusal(400, 'bad_json', 'Not JSON'); }
  for (const key of Object.keys(value)) if (!allowed.includes(key) && !(lists.includes(key) && Array.isArray(value[key]))) throw new Refusal(422, 'unknown_field', 'Unknown field', { field: key });
  for (const key of allowed) if (typeof value[key] !== 'string' || value[key] === '') throw new Refusal(422, 'missing_field', 'Missing field', { field: key });
  return value;
}

function sessionOf(req) {
  const cookie = /(?:^|;\s*)__Host-at=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
  const session = cookie && sessions.get(cookie);
  if (!session) throw new Refusal(401, 'token_invalid', 'Sign in first');
  if (req.method !== 'GET' && req.headers['x-csrf-token'] !== session.csrf) throw new Refusal(403, 'csrf', 'This request did not come from our own pages; reload and try again');
  return session;
}

function openSession(user, req) {
  const secret = randomBytes(24).toString('base64url');
  const session = { secret, id: randomUUID(), user, csrf: randomBytes(18).toString('base64url'), created_at: now(),
    expires_at: new Date(Date.now() + 86_400_000).toISOString(), user_agent: req.headers['user-agent'] ?? null };
  sessions.set(secret, session);
  return session;
}
const cookieFor = (secret, age) => `__Host-at=${secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${age}`;

function audit(session, action, type, id, success = true, req) {
  clinic.audit({ user_id: session?.user.id ?? null, action, resource_type: type, resource_id: id, success,
    ip_address: '203.0.113.7', user_agent: req?.headers['user-agent'] ?? null, details: {} });
}

function page(rows, url) {
  const limit = Math.min(100, Number(url.searchParams.get('limit') ?? 50));
  const from = Number(url.searchParams.get('cursor') ?? 0);
  return { results: rows.slice(from, from + limit), next_cursor: from + limit < rows.length ? String(from + limit) : null };
}

const row = (s, withName) => ({ id: s.id, type: s.type, status: s.status, version: s.version,
  ...(withName && { username: s.username }), reason: s.reason, created_at: s.created_at, updated_at: s.updated_at,
  percent: s.percent, stage: s.stage, position: s.position });

function whole(s, doctor) {
  const open = doctor || s.status === 'approved';
  const item = { id: s.id, type: s.type, status: s.status, version: s.version,
    transcribed_text: open && s.type === 'audio' ? s.text : null, doctor_summary: open && s.type === 'audio' ? s.draft : null,
    extracted_text: open && s.type === 'prescription' ? s.text : null,
    patient_instructions: open && s.type === 'prescription' ? s.draft : null,
    reason: s.reason, question: s.question, created_at: s.created_at, updated_at: s.updated_at };
  if (s.status === 'approved') Object.assign(item, { approved_at: s.approved_at });
  if (doctor) {
    Object.assign(item, { user_id: s.user_id, username: s.username, notes: s.notes ?? null, evidence: s.evidence,
      media: { id: s.id, type: s.media.type, bytes: s.media.bytes.length }, history: s.history });
  }
  return item;
}

const visible = (session, id) => {
  const s = clinic.submissions.find((one) => one.id === id);
  const mayAll = session.user.user_type === 'doctor' && session.user.role_state === 'active';
  if (!s || (s.user_id !== session.user.id && !mayAll)) throw new Refusal(404, 'not_found', 'Not found');
  return s;
};
const must = (session, ...roles) => {
  if (!roles.includes(session.user.user_type) || session.user.role_state !== 'active') throw new Refusal(403, 'forbidden', 'Not allowed');
};
const mustMatch = (req, s) => {
  const wanted = req.headers['if-match'];
  if (!wanted) throw new Refusal(428, 'review_first', 'If-Match is needed');
  if (wanted !== `"v${s.version}"`) throw new Refusal(412, 'version_changed', 'The version has changed');
};

function change(s, fields, by) {
  Object.assign(s, fields, { version: s.version + 1, updated_at: now() });
  s.history.push({ version: s.version, status: s.status, at: s.updated_at, by });
  tell(s);
}
const eventOf = (s) => ({ status: s.status, percent: s.percent, stage: s.stage, position: s.position, version: s.version });
const final = (status) => ['draft', 'approved', 'returned', 'failed'].includes(status);
function tell(s) {
  for (const res of watchers.get(s.id) ?? []) {
    res.write(`event: progress\ndata: ${JSON.stringify(eventOf(s))}\n\n`);
    if (final(s.status)) res.end();
  }
}

function work(s, name) {
  const steps = [[900, { status: 'processing', percent: 5, stage: 'decoding', position: 0 }], [900, { percent: 30, stage: 'recognising' }],
    [900, { percent: 62 }], [900, { percent: 84 }], [700, { percent: 95, stage: 'summarising' }]];
  let wait = 600;
  for (const [ms, fields] of steps) {
    wait += ms;
    setTimeout(() => { Object.assign(s, fields); tell(s); }, wait);
  }
  setTimeout(() => {
    const failure = /silence|empty/.test(name) ? (s.type === 'audio' ? 'no_speech' : 'no_text') : null;
    const end = { percent: null, stage: null, position: null };
    change(s, failure ? { ...end, status: 'failed', reason: failure } : { ...end, status: 'draft' }, null);
  }, wait + 800);
}

async function submit(req, res, session, type) {
  const body = await bodyOf(req);
  const head = body.subarray(0, 4000).toString('latin1');
  const name = /filename="([^"]*)"/.exec(head)?.[1] ?? 'file';
  const mediaType = /filename="[^"]*"\r\nContent-Type: ([^\r\n;]+)/i.exec(head)?.[1] ?? 'application/octet-stream';
  const notes = /name="notes"\r\n\r\n([^\r]*)\r\n/.exec(body.subarray(0, 4000).toString('utf8'))?.[1] ?? null;
  const start = body.indexOf('\r\n\r\n', body.indexOf('filename=')) + 4;
  const bytes = body.subarray(start, body.lastIndexOf('\r\n--'));
  consents.require(session.user, ...(type === 'audio' ? ['recording', 'data_storage'] : ['data_storage']));
  if (/too-large/.test(name)) throw new Refusal(413, 'too_large', 'Too large');
  const s = clinic.submission(session.user, type, 'queued', 0, { notes, media: { type: mediaType, bytes } });
  Object.assign(s, { percent: 0, stage: 'queued', position: 1 });
  audit(session, 'submission.create', 'submission', s.id, true, req);
  work(s, name);
  json(res, 201, { id: s.id, submission_id: s.id, type, status: s.status, version: s.version }, { Location: `/api/v1/submissions/${s.id}` });
}

const consents = makeConsents({ json, sessionOf, bodyOf, Refusal });
const routes = [
  ...consents.routes,
  ['POST', '/register', async (req, res) => {
    const { consents: granted = ['recording', 'data_processing', 'data_storage'], ...form } = await fieldsOf(req, ['username', 'email', 'password', 'user_type'], ['consents']);
    if (clinic.users.some((u) => u.username === form.username || u.email === form.email)) throw new Refusal(409, 'account_exists', 'Account exists');
    if (/password/i.test(form.password)) throw new Refusal(422, 'common_password', 'This password is on the list of common passwords; choose another', { field: 'password' });
    const user = clinic.user(form.username, form.user_type, form.user_type === 'doctor' ? 'pending' : 'active', form.email, form.password);
    consents.register(user, granted);
    json(res, 201, { id: user.id, username: user.username, user_type: user.user_type, role_state: user.role_state });
  }],
  ['POST', '/setup', async (req, res) => {
    const form = await fieldsOf(req, ['token', 'username', 'email', 'password']);
    if (!setupTokens.delete(form.token)) throw new Refusal(403, 'setup_refused', 'This set-up link is not valid any more');
    json(res, 201, publicUser(clinic.user(form.username, 'admin', 'active', form.email, form.password)));
  }],
  ['POST', '/session', async (req, res) => {
    const form = await fieldsOf(req, ['login', 'password']);
    const user = clinic.users.find((u) => (u.username === form.login || u.email === form.login) && u.password === form.password);
    clinic.audit({ user_id: user?.id ?? null, action: user ? 'login' : 'login.failed', resource_type: 'session', resource_id: null,
      success: Boolean(user), ip_address: '203.0.113.7', user_agent: req.headers['user-agent'] ?? null, details: { login: form.login } });
    if (!user || user.role_state === 'disabled') throw new Refusal(401, 'login_failed', 'User name or password is wrong');
    const session = openSession(user, req);
    json(res, 200, { user: publicUser(user), csrf_token: session.csrf }, { 'Set-Cookie': cookieFor(session.secret, 86400) });
  }],
  ['GET', '/session', (req, res) => { const s = sessionOf(req); json(res, 200, { user: publicUser(s.user), csrf_token: s.csrf }); }],
  ['DELETE', '/session', (req, res) => {
    const s = sessionOf(req);
    sessions.delete(s.secret);
    res.writeHead(204, { 'Set-Cookie': cookieFor('', 0) }).end();
  }],
  ['GET', '/me', (req, res) => json(res, 200, publicUser(sessionOf(req).user))],
  ['GET', '/me/sessions', (req, res) => {
    const mine = sessionOf(req);
    const results = [...sessions.values(), ...clinic.oldSessions].filter((s) => s.user === mine.user && !s.gone)
      .map((s) => ({ id: s.id, created_at: s.created_at, expires_at: s.expires_at, current: s === mine, user_agent: s.user_agent }));
    json(res, 200, { results, next_cursor: null });
  }],
  ['DELETE', '/me/sessions/:id', (req, res, [id]) => {
    sessionOf(req);
    for (const [key, s] of sessions) if (s.id === id) sessions.delete(key);
    for (const s of clinic.oldSessions) if (s.id === id) s.gone = true;
    res.writeHead(204).end();
  }],
  ['GET', '/me/access-log', (req, res, _, url) => {
    const { user } = sessionOf(req);
    json(res, 200, page(clinic.looks.filter((l) => l.of === user.id).map(({ of, ...look }) => look), url));
  }],
  ['POST', '/submit_audio', (req, res) => submit(req, res, sessionOf(req), 'audio')],
  ['POST', '/submit_prescription', (req, res) => submit(req, res, sessionOf(req), 'prescription')],
  ['GET', '/submissions', (req, res, _, url) => {
    const session = sessionOf(req);
    const all = url.searchParams.get('scope') === 'clinic';
    if (all) must(session, 'doctor');
    const status = url.searchParams.get('status');
    const type = url.searchParams.get('type');
    const rows = clinic.submissions.filter((s) => (all || s.user_id === session.user.id) && (!status || s.status === status) && (!type || s.type === type));
    json(res, 200, page(rows.map((s) => row(s, all)), url));
  }],
  ['GET', '/submissions/:id', (req, res, [id]) => {
    const session = sessionOf(req);
    const s = visible(session, id);
    const doctor = session.user.user_type === 'doctor';
    audit(session, 'submission.read', 'submission', id, true, req);
    clinic.look(s.user_id, session.user, 'submission.read', 'submission');
    json(res, 200, whole(s, doctor), { ETag: `"v${s.version}"` });
  }],
  ['PUT', '/submissions/:id/draft', async (req, res, [id]) => {
    const session = sessionOf(req);
    must(session, 'doctor');
    const s = visible(session, id);
    const { text } = await fieldsOf(req, ['text']);
    mustMatch(req, s);
    if (s.status !== 'draft') throw new Refusal(409, 'wrong_state', 'Wrong state');
    s.draft = text;
    change(s, {}, session.user.id);
    json(res, 200, { id, status: s.status, version: s.version }, { ETag: `"v${s.version}"` });
  }],
  ['POST', '/submissions/:id/return', async (req, res, [id]) => {
    const session = sessionOf(req);
    must(session, 'doctor');
    const s = visible(session, id);
    const { question } = await fieldsOf(req, ['question']);
    mustMatch(req, s);
    change(s, { status: 'returned', question }, session.user.id);
    json(res, 200, { id, status: s.status, version: s.version });
  }],
  ['PUT', '/approve/:id', (req, res, [id]) => {
    const session = sessionOf(req);
    must(session, 'doctor');
    const s = visible(session, id);
    mustMatch(req, s);
    if (s.status !== 'draft') throw new Refusal(409, 'wrong_state', 'Wrong state');
    change(s, { status: 'approved', approved_by: session.user.id, approved_by_name: session.user.username, approved_at: now() }, session.user.id);
    audit(session, 'submission.approve', 'submission', id, true, req);
    json(res, 200, { id, status: s.status, version: s.version, approved_by: s.approved_by, approved_at: s.approved_at });
  }],
  ['GET', '/submissions/:id/media', (req, res, [id]) => {
    const session = sessionOf(req);
    const s = visible(session, id);
    clinic.look(s.user_id, session.user, 'media.read', 'media');
    res.writeHead(200, { 'Content-Type': s.media.type, 'Content-Length': s.media.bytes.length, 'Content-Disposition': 'attachment', 'Cache-Control': 'no-store' });
    res.end(s.media.bytes);
  }],
  ['GET', '/submissions/:id/events', (req, res, [id]) => {
    const s = visible(sessionOf(req), id);
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(`event: progress\ndata: ${JSON.stringify(eventOf(s))}\n\n`);
    if (final(s.status)) { res.end(); return; }
    const set = watchers.get(id) ?? watchers.set(id, new Set()).get(id);
    set.add(res);
    req.on('close', () => set.delete(res));
  }],
  ['GET', '/admin/users', (req, res, _, url) => {
    must(sessionOf(req), 'admin');
    const state = url.searchParams.get('role_state');
    json(res, 200, page(clinic.users.filter((u) => !state || u.role_state === state).map(publicUser), url));
  }],
  ['POST', '/admin/users/:id/:act', async (req, res, [id, act]) => {
    must(sessionOf(req), 'admin');
    const user = clinic.users.find((u) => u.id === id);
    if (!user) throw new Refusal(404, 'not_found', 'Not found');
    if (act === 'verify') {
      const { registration_no: number } = await fieldsOf(req, ['registration_no']);
      if (!/\d/.test(number)) throw new Refusal(422, 'bad_field', 'Bad field', { field: 'registration_no', detail: 'A registration number holds digits.' });
      user.role_state = 'active';
    } else user.role_state = act === 'disable' ? 'disabled' : 'active';
    json(res, 200, publicUser(user));
  }],
  ['GET', '/admin/audit', (req, res, _, url) => {
    must(sessionOf(req), 'admin', 'auditor');
    const action = url.searchParams.get('action');
    const who = url.searchParams.get('user_id');
    const rows = clinic.auditRows.filter((r) => (!action || r.action === action) && (!who || r.user_id === who));
    json(res, 200, page([...rows].reverse(), url));
  }],
  ['GET', '/admin/audit/verify', (req, res) => { must(sessionOf(req), 'admin', 'auditor'); json(res, 200, { ok: true, rows: clinic.auditRows.length, first_bad_seq: null, reason: null }); }],
  ['GET', '/admin/jobs', (req, res, _, url) => { must(sessionOf(req), 'admin'); json(res, 200, page(clinic.jobs(), url)); }],
  // Levers for tests; the real server has none of these.
  ['POST', '/mock/expire', (_, res) => { sessions.clear(); res.writeHead(204).end(); }],
  ['POST', '/mock/bump/:id', (_, res, [id]) => {
    const s = clinic.submissions.find((one) => one.id === id);
    s.draft += '\nPlease bring your old prescriptions.';
    change(s, {}, 'dr.iyer');
    res.writeHead(204).end();
  }],
  ['POST', '/mock/fail/:status', (_, res, [status]) => { failNext = Number(status); res.writeHead(204).end(); }],
  ['POST', '/mock/slow/:ms', (_, res, [ms]) => { slow = Number(ms); res.writeHead(204).end(); }],
];

function watch(req, res, id, event, ended) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  res.write(`event: progress\ndata: ${JSON.stringify(event)}\n\n`);
  if (ended) { res.end(); return; }
  const set = watchers.get(id) ?? watchers.set(id, new Set()).get(id);
  set.add(res);
  req.on('close', () => set.delete(res));
}
function tellWatchers(id, event, ended) {
  for (const res of watchers.get(id) ?? []) {
    res.write(`event: progress\ndata: ${JSON.stringify(event)}\n\n`);
    if (ended) res.end();
  }
}
routes.unshift(...noteRoutes({ clinic, voice: clinic.voice, json, page, sessionOf, must, mustMatch, fieldsOf, bodyOf, Refusal, watch, tell: tellWatchers }));

function find(method, path) {
  const given = path.split('/');
  for (const [wanted, pattern, run] of routes) {
    const parts = pattern.split('/');
    if (wanted !== method || parts.length !== given.length) continue;
    if (parts.every((part, i) => part.startsWith(':') || part === given[i])) return { run, ids: given.filter((_, i) => parts[i].startsWith(':')) };
  }
  return null;
}

function serveFile(req, res, url) {
  const clean = normalize(decodeURIComponent(url.pathname)).replace(/^(\.\.[/\\])+/, '');
  const file = join(options.dist, clean);
  if (file.startsWith(options.dist) && extname(file) && existsSync(file) && statSync(file).isFile()) {
    res.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'public, max-age=31536000, immutable' });
    createReadStream(file).pipe(res);
    return;
  }
  if (extname(clean)) { res.writeHead(404).end(); return; }
  const nonce = randomBytes(16).toString('base64');
  const html = readFileSync(join(options.dist, 'index.html'), 'utf8').replaceAll('__CSP_NONCE__', nonce);
  res.writeHead(200, { 'Content-Type': types['.html'], 'Cache-Control': 'no-store', 'Content-Security-Policy': policy(nonce),
    'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Opener-Policy': 'same-origin' });
  res.end(html);
}

createServer(async (req, res) => {
  const url = new URL(req.url, 'http://localhost');
  if (!url.pathname.startsWith('/api/v1/')) { serveFile(req, res, url); return; }
  const path = url.pathname.slice('/api/v1'.length);
  try {
    if (slow > 0 && !path.startsWith('/mock')) await new Promise((resolve) => setTimeout(resolve, slow));
    if (failNext && !path.startsWith('/mock') && path !== '/session') { const status = failNext; failNext = null; throw new Refusal(status, `mock_${status}`, 'Made to fail'); }
    const found = find(req.method, path);
    if (!found) throw new Refusal(404, 'not_found', 'Not found');
    await found.run(req, res, found.ids, url);
  } catch (error) {
    if (error instanceof Refusal) problem(res, error);
    else { console.error(error); problem(res, new Refusal(500, 'internal', 'Internal error')); }
  }
}).listen(Number(options.port), '127.0.0.1', () => console.log(`mock on http://localhost:${options.port}`));
