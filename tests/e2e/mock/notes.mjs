// Consultations and notes of the mock: what docs/api says, in memory.
import { randomUUID } from 'node:crypto';

const now = () => new Date().toISOString();
const bytes = (text) => Buffer.byteLength(text);
const titles = { subjective: 'History of present illness', objective: 'Physical exam and results', assessment: 'Assessment', plan: 'Plan' };

/** A made visit: what was said (from the sample voice), and a draft with everything a doctor can meet. */
function makeDraft(voice) {
  const { words } = voice.evidence;
  const at = (from, to) => {
    const find = (parts, start) => words.findIndex((_, i) => i >= start && parts.every((part, j) => words[i + j]?.text === part));
    const first = find(from.split(' '), 0);
    const parts = to.split(' ');
    return [first, find(parts, first) + parts.length - 1];
  };
  const line = (section, text, spans, question = null) => ({ text, spans, section, understood: question === null, question });
  const lines = [
    line('subjective', 'Fever since Tuesday evening, up to 102 °F.', [at('fever since', 'tuesday evening'), at('the fever goes', 'and two')]),
    line('subjective', 'Dry cough that keeps the patient awake at night.', [at('dry cough', 'at night')]),
    line('subjective', 'Takes metformin 500 mg in the morning and at night.', [at('i also take', 'for sugar')]),
    line('subjective', 'Allergic to “sulpha tablets”.', [at('i am allergic', 'i think')], 'Which medicine is meant, and what happened when it was taken?'),
    line('subjective', 'Chest pain, no trouble breathing.', [at('i have no pain', 'trouble breathing')]),
    line('objective', 'Not discussed.', []),
    line('assessment', 'Not discussed.', []),
    line('plan', 'Paracetamol 650 mg when there is fever.', [at('i took', 'some hours')]),
  ];
  const sections = Object.entries(titles).map(([name, title]) => ({ name, title, discussed: lines.some((one) => one.section === name && one.spans.length > 0) }));
  const text = sections.map((section) => [section.title, ...lines.filter((one) => one.section === section.name).map((one) => one.text)].join('\n')).join('\n\n');
  return { text, evidence: { lines, sections, engine: { name: 'medscribe-clinic', version: '1' } } };
}

function findingsIn(text) {
  const marks = [['not_understood', 'Allergic to “sulpha tablets”.'], ['negation', 'Chest pain'], ['dose', '650 mg']];
  return marks.flatMap(([kind, part], i) => {
    const found = text.indexOf(part);
    return found < 0 ? [] : [{ number: i + 1, kind, at: bytes(text.slice(0, found)), length: bytes(part), text: part, resolution: null, by: null, resolved_at: null }];
  });
}

/** Routes of consultations and notes; `kit` is what the mock's other routes use. */
export function noteRoutes({ clinic, voice, json, page, sessionOf, must, mustMatch, fieldsOf, bodyOf, Refusal, watch, tell }) {
  const consultations = [];
  const notes = [];
  const person = (user) => ({ user_id: user.id, username: user.username });
  const rao = clinic.users.find((user) => user.username === 'dr.rao');
  const asha = clinic.users.find((user) => user.username === 'asha');
  const make = (doctor, patient, name, title, status, minutes, extra = {}) => {
    const at = new Date(Date.now() - minutes * 60_000).toISOString();
    const c = { id: randomUUID(), doctor, status, version: 1, patient_name: patient?.username ?? name, patient_user_id: patient?.id ?? null, title, created_at: at, updated_at: at,
      reason: null, percent: null, stage: null, duration_ms: status === 'ready' ? voice.evidence.media.duration_ms : null, media: null, ...extra };
    consultations.unshift(c);
    return c;
  };
  make(rao, null, 'Kamala Iyer', 'Knee pain', 'failed', 60 * 30, { reason: 'no_speech', media: voice.media });
  make(rao, null, 'Baby of Sunita', null, 'open', 60 * 3);
  make(rao, asha, '', 'Fever and cough', 'ready', 55, { media: voice.media });
  const row = (c) => ({ id: c.id, status: c.status, version: c.version, patient_name: c.patient_name, patient_user_id: c.patient_user_id, title: c.title, created_at: c.created_at,
    updated_at: c.updated_at, reason: c.reason, percent: c.percent, stage: c.stage, duration_ms: c.duration_ms, notes_count: notes.filter((n) => n.consultation === c).length });
  const eventOf = (one) => ({ status: one.status, percent: one.percent ?? null, stage: one.stage ?? null, position: null, version: one.version });
  const mine = (req, list, id) => {
    const session = sessionOf(req);
    must(session, 'doctor');
    const one = list.find((each) => each.id === id && (each.doctor ?? each.author) === session.user);
    if (!one) throw new Refusal(404, 'not_found', 'Not found');
    return one;
  };
  const change = (note, by) => {
    note.version += 1;
    note.updated_at = now();
    note.history.push({ version: note.version, at: note.updated_at, by });
    note.texts[note.version] = note.text;
  };
  const work = (c, name) => {
    const steps = [{ status: 'processing', percent: 10, stage: 'decoding' }, { percent: 48, stage: 'recognising' }, { percent: 86 }];
    steps.forEach((fields, i) => setTimeout(() => { Object.assign(c, fields); tell(c.id, eventOf(c), false); }, 700 * (i + 1)));
    setTimeout(() => {
      Object.assign(c, /silence/.test(name) ? { status: 'failed', reason: 'no_speech' } : { status: 'ready', duration_ms: voice.evidence.media.duration_ms }, { percent: null, stage: null });
      c.version += 1;
      tell(c.id, eventOf(c), true);
    }, 3000);
  };
  const whole = (note, user) => {
    const base = { id: note.id, consultation_id: note.consultation.id, template: note.template, status: note.status, reason: null, version: note.version, text: note.text,
      patient_name: note.consultation.patient_name, author: person(note.author), created_at: note.created_at, updated_at: note.updated_at, signed_at: note.signed_at,
      signed_by: note.signed_at ? note.author.id : null, addenda: note.addenda };
    if (user.user_type === 'patient') return base;
    if (user !== note.author) return { ...base, history: note.history };
    return { ...base, evidence: note.evidence, findings: note.findings, shares: note.shares, history: note.history };
  };
  const readable = (req, id) => {
    const { user } = sessionOf(req);
    const note = notes.find((one) => one.id === id && (one.author === user || one.shares.some((share) => share.user_id === user.id)));
    if (!note) throw new Refusal(404, 'not_found', 'Not found');
    return [note, user];
  };
  const noteRow = (n) => ({ id: n.id, consultation_id: n.consultation.id, template: n.template, status: n.status, version: n.version, patient_name: n.consultation.patient_name,
    author: person(n.author), created_at: n.created_at, updated_at: n.updated_at, signed_at: n.signed_at, findings_open: n.findings.filter((f) => !f.resolution).length });

  const routes = [
    ['GET', '/consultations', (req, res, _, url) => {
      const session = sessionOf(req);
      must(session, 'doctor');
      json(res, 200, page(consultations.filter((c) => c.doctor === session.user).map(row), url));
    }],
    ['POST', '/consultations', async (req, res) => {
      const session = sessionOf(req);
      must(session, 'doctor');
      const form = JSON.parse((await bodyOf(req)).toString('utf8'));
      const patient = form.patient && clinic.users.find((u) => u.user_type === 'patient' && (u.username === form.patient || u.email === form.patient));
      if (form.patient && !patient) throw new Refusal(404, 'person_not_found', 'Nobody here has this name');
      if (!form.consent_given) throw new Refusal(403, 'consent_required', 'Consent is required');
      json(res, 201, row(make(session.user, patient, form.patient_name, form.title ?? null, 'open', 0)));
    }],
    ['GET', '/consultations/:id', (req, res, [id]) => {
      const c = mine(req, consultations, id);
      json(res, 200, { ...row(c), evidence: c.status === 'ready' ? { engine: voice.evidence.engine, media: voice.evidence.media, text: voice.text, words: voice.evidence.words } : null,
        media: c.media && { type: c.media.type, bytes: c.media.bytes.length },
        notes: notes.filter((n) => n.consultation === c).map((n) => ({ id: n.id, template: n.template, status: n.status, version: n.version, updated_at: n.updated_at })) });
    }],
    ['POST', '/consultations/:id/recording', async (req, res, [id]) => {
      const c = mine(req, consultations, id);
      const body = await bodyOf(req);
      const head = body.subarray(0, 3000).toString('latin1');
      const name = /filename="([^"]*)"/.exec(head)?.[1] ?? 'file';
      const start = body.indexOf('\r\n\r\n', body.indexOf('filename=')) + 4;
      if (/too-large/.test(name)) throw new Refusal(413, 'too_large', 'Too large');
      c.media = { type: /Content-Type: ([^\r\n;]+)/i.exec(head)?.[1] ?? 'audio/webm', bytes: body.subarray(start, body.lastIndexOf('\r\n--')) };
      Object.assign(c, { status: 'queued', version: c.version + 1 });
      work(c, name);
      json(res, 201, row(c));
    }],
    ['POST', '/consultations/:id/transcribe', (req, res, [id]) => { const c = mine(req, consultations, id); c.status = 'queued'; work(c, ''); json(res, 202, row(c)); }],
    ['GET', '/consultations/:id/media', (req, res, [id]) => {
      const c = mine(req, consultations, id);
      res.writeHead(200, { 'Content-Type': c.media.type, 'Content-Length': c.media.bytes.length, 'Cache-Control': 'no-store' });
      res.end(c.media.bytes);
    }],
    ['GET', '/consultations/:id/events', (req, res, [id]) => { const c = mine(req, consultations, id); watch(req, res, id, eventOf(c), c.status === 'ready' || c.status === 'failed'); }],
    ['POST', '/notes/generate', async (req, res) => {
      const session = sessionOf(req);
      const form = await fieldsOf(req, ['consultation_id', 'template']);
      const consultation = mine(req, consultations, form.consultation_id);
      const at = now();
      const note = { id: randomUUID(), consultation, template: form.template, author: session.user, status: 'generating', version: 1, text: '', evidence: null, findings: [], addenda: [],
        shares: [], history: [], texts: {}, created_at: at, updated_at: at, signed_at: null };
      notes.push(note);
      setTimeout(() => {
        Object.assign(note, { status: 'draft', ...makeDraft(voice) });
        note.findings = findingsIn(note.text);
        change(note, null);
        tell(note.id, eventOf(note), true);
      }, 1500);
      json(res, 202, { id: note.id, status: note.status, version: note.version });
    }],
    ['GET', '/notes', (req, res, _, url) => {
      const { user } = sessionOf(req);
      const shared = url.searchParams.get('scope') === 'shared';
      json(res, 200, page(notes.filter((n) => (shared ? n.shares.some((s) => s.user_id === user.id) : n.author === user)).map(noteRow), url));
    }],
    ['GET', '/notes/:id', (req, res, [id]) => { const [note, user] = readable(req, id); json(res, 200, whole(note, user), { ETag: `"v${note.version}"` }); }],
    ['PUT', '/notes/:id', async (req, res, [id]) => {
      const note = mine(req, notes, id);
      const { text } = await fieldsOf(req, ['text']);
      mustMatch(req, note);
      if (note.status !== 'draft') throw new Refusal(409, 'approved_is_final', 'Final');
      const settled = note.findings.filter((f) => f.resolution).map((f) => f.text);
      note.text = text;
      note.findings = findingsIn(text).map((f) => (settled.includes(f.text) ? { ...f, resolution: 'confirmed' } : f));
      change(note, note.author.id);
      json(res, 200, { id, status: note.status, version: note.version, findings: note.findings }, { ETag: `"v${note.version}"` });
    }],
    ['POST', '/notes/:id/confirm', async (req, res, [id]) => {
      const note = mine(req, notes, id);
      const { finding } = JSON.parse((await bodyOf(req)).toString('utf8'));
      mustMatch(req, note);
      const one = note.findings.find((f) => f.number === finding);
      if (!one) throw new Refusal(404, 'not_found', 'Not found');
      Object.assign(one, { resolution: 'confirmed', by: note.author.id, resolved_at: now() });
      json(res, 200, { id, status: note.status, version: note.version }, { ETag: `"v${note.version}"` });
    }],
    ['POST', '/notes/:id/sign', (req, res, [id]) => {
      const note = mine(req, notes, id);
      mustMatch(req, note);
      if (note.findings.some((f) => !f.resolution)) throw new Refusal(409, 'findings_open', 'Open findings');
      Object.assign(note, { status: 'signed', signed_at: now() });
      json(res, 200, { id, status: note.status, version: note.version });
    }],
    ['POST', '/notes/:id/addenda', async (req, res, [id]) => {
      const note = mine(req, notes, id);
      const { text } = await fieldsOf(req, ['text']);
      note.addenda.push({ id: randomUUID(), text, author: person(note.author), created_at: now() });
      json(res, 201, note.addenda.at(-1));
    }],
    ['POST', '/notes/:id/share', async (req, res, [id]) => {
      const note = mine(req, notes, id);
      const form = await fieldsOf(req, ['user']);
      const user = clinic.users.find((u) => u.username === form.user || u.email === form.user);
      const fits = user && user !== note.author && ((user.user_type === 'doctor' && user.role_state === 'active') || (note.status === 'signed' && user.id === note.consultation.patient_user_id));
      if (!fits) throw new Refusal(404, 'person_not_found', 'Nobody here has this name');
      note.shares.push({ user_id: user.id, username: user.username, role: user.user_type, shared_at: now() });
      json(res, 201, note.shares.at(-1));
    }],
    ['POST', '/notes/:id/unshare', async (req, res, [id]) => {
      const note = mine(req, notes, id);
      const form = await fieldsOf(req, ['user_id']);
      note.shares = note.shares.filter((s) => s.user_id !== form.user_id);
      res.writeHead(204).end();
    }],
    ['DELETE', '/notes/:id', (req, res, [id]) => {
      const note = mine(req, notes, id);
      if (note.status === 'signed') throw new Refusal(409, 'approved_is_final', 'Final');
      notes.splice(notes.indexOf(note), 1);
      res.writeHead(204).end();
    }],
    ['GET', '/notes/:id/versions', (req, res, [id], url) => {
      const note = mine(req, notes, id);
      const entry = note.history.find((one) => one.version === Number(url.searchParams.get('version')));
      if (!entry) throw new Refusal(404, 'not_found', 'Not found');
      json(res, 200, { ...entry, text: note.texts[entry.version] });
    }],
    ['GET', '/notes/:id/events', (req, res, [id]) => { const note = mine(req, notes, id); watch(req, res, id, eventOf(note), note.status !== 'generating'); }],
    // A lever for tests: somebody else saves a newer version.
    ['POST', '/mock/bump-note/:id', (req, res, [id]) => {
      const note = notes.find((one) => one.id === id);
      note.text += '\nReview after three days.';
      change(note, note.author.id);
      res.writeHead(204).end();
    }],
  ];
  return routes;
}
