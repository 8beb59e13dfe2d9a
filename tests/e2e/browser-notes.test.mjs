// engine: sqlite
// A whole visit in Debian's Chromium on the real server: consent, microphone, transcript, note, signature, the patient's reading. The doctor's hands stay on the keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { Pages, sees, signIn } from './lib/pages.mjs';
import { engines, startServer } from './lib/server.mjs';

const VISIT_MS = 22_000;

describe(`consultations and notes in Chromium, on ${engines[0]}`, () => {
  let server, pages, asha, doctor, colleague, page, note;
  const look = (where, name) => pages.look(where, name);
  const focused = (what) => page.evaluate((id) => document.activeElement?.id.startsWith(id), what);

  before(async () => {
    server = await startServer(engines[0]);
    asha = await server.patient('asha');
    doctor = await server.doctor('dr.rao');
    colleague = await server.doctor('dr.sen');
    pages = await new Pages(server, media.visitWav()).start();
  });
  after(async () => {
    await pages?.stop();
    await server?.stop();
  });

  /** Tab until it has the focus: what cannot be reached so cannot be used without a mouse. */
  async function reach(target, key = 'Tab') {
    await target.waitFor();
    for (let steps = 0; steps < 90; steps++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${await target.textContent()} is not reached with ${key}`);
  }
  async function press(target) {
    await reach(target);
    await page.keyboard.press('Enter');
  }
  const button = (name) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const lineWith = (text) => page.getByRole('listitem').filter({ hasText: text });
  const server404 = async (path, who) => assert.equal((await server.get(`/api/v1${path}`, who.token)).status, 404, path);

  test('an empty list invites to the first consultation', async () => {
    page = await pages.open('/');
    await signIn(page, 'dr.rao');
    await page.locator('h1').focus();
    await press(page.getByRole('link', { name: 'Consultations' }));
    await sees(page, 'No consultations yet');
    await look(page, 'consultations empty');
  });

  test('P2: nothing is recorded before the doctor has asked; what to say stands there', async () => {
    await press(page.getByRole('link', { name: 'New consultation' }));
    await sees(page, 'Say to the patient:');
    await press(button('Go on to the recording'));
    await sees(page, 'Ask the patient first. Without their agreement nothing can be recorded.');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'patient', 'the focus is where something is missing');
    await look(page, 'new consultation');
    await page.keyboard.type('no.such.person');
    await reach(page.getByRole('checkbox'));
    await page.keyboard.press('Space');
    await press(button('Go on to the recording'));
    await sees(page, 'There is no patient with this user name or e-mail.');
    await reach(page.getByLabel('User name or e-mail of the patient'), 'Shift+Tab');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('asha');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Fever and cough');
    await page.keyboard.press('Enter');
    await sees(page, 'Record the visit');
  });

  test('M1, M9: the visit is recorded, survives a failed upload, and is written down while its progress is seen', async () => {
    await look(page, 'record a visit');
    await press(button('Start recording'));
    await sees(page, 'Recording');
    await page.waitForTimeout(2000);
    await press(button('Pause'));
    await sees(page, 'Paused');
    await press(button('Go on'));
    await page.waitForTimeout(VISIT_MS);
    await press(button('Finish'));
    await sees(page, 'Listen before you send');
    await page.context().setOffline(true);
    await press(button('Send and have it written down'));
    await sees(page, 'Your recording is still here.');
    await button('Save it on this device').waitFor();
    await look(page, 'upload failed');
    await page.context().setOffline(false);
    await press(button('Try again'));
    await sees(page, /The machine is listening to it|The recording has arrived/);
    await sees(page, 'Which note shall be drafted?');
    await look(page, 'which note');
  });

  test('M4: the draft stands beside the transcript; a line plays the words it rests on', async () => {
    await press(button(/^SOAP note/));
    await button('Sign').waitFor();
    await look(page, 'note draft');
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    assert.ok(await focused('note-row-'), 'j goes to the first line');
    const marked = page.locator('[data-evidence]');
    await marked.nth(1).waitFor(); // the words behind the line are marked
    const first = Number(await marked.first().getAttribute('data-i'));
    const { body } = await server.get('/api/v1/consultations', doctor.token);
    const visit = (await server.get(`/api/v1/consultations/${body.results[0].id}`, doctor.token)).body;
    const starts = visit.evidence.words[first].start_ms;
    await page.keyboard.press('Enter');
    await page.locator('[data-active]').first().waitFor();
    const at = await page.evaluate(() => (document.querySelector('audio')?.currentTime ?? -1) * 1000);
    assert.ok(at > starts - 400 && at < starts + 15_000, `the player stands at ${at} ms, the words begin at ${starts} ms`);
    await page.keyboard.press('p');
    note = visit.notes[0].id;
    await look(page, 'note line');
    await page.keyboard.press('/');
    await page.keyboard.type(visit.evidence.words[first].text);
    await sees(page, /^\d+ places?$/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await sees(page, 'Go to the next place to check');
    await look(page, 'note shortcuts');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('M4: what the doctor adds and nobody said is marked, and stops the signature until it is confirmed', async () => {
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Takes warfarin 7 mg at night.');
    await sees(page, 'Not saved yet');
    await look(page, 'note editing');
    await page.keyboard.press('Escape');
    await page.locator('[data-finding]').first().waitFor();
    await sees(page, /things? to check before you can sign/);
    await look(page, 'note findings');
    await page.locator('h1').focus();
    await page.keyboard.press('s');
    assert.equal(await page.getByText('Sign this note?').count(), 0, 'the signature waits');
    for (let left = await page.locator('[data-finding]').count(); left > 0; left--) {
      await page.keyboard.press('m');
      assert.ok(await focused('finding-'), 'm goes to what is open');
      await page.keyboard.press('c');
      await page.waitForFunction((n) => document.querySelectorAll('[data-finding]').length < n, left);
    }
    await sees(page, 'Nothing is left to check');
  });

  test('M4: a newer version of another window is shown, and nothing typed is lost', async () => {
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' (mine)');
    const now = (await server.get(`/api/v1/notes/${note}`, doctor.token)).body;
    const saved = await server.put(`/api/v1/notes/${note}`, { text: `${now.text}\nRest.` }, doctor.token, { headers: { 'If-Match': `"v${now.version}"` } });
    assert.equal(saved.status, 200, saved.text);
    await page.keyboard.press('Escape');
    await sees(page, 'This note changed while you had it open');
    await sees(page, 'Only in the newer text');
    await look(page, 'note conflict');
    await press(button('Go on with my text'));
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
    await page.getByRole('textbox', { name: /^Line 1 of/ }).waitFor({ state: 'detached' });
    const after = (await server.get(`/api/v1/notes/${note}`, doctor.token)).body;
    assert.match(after.text, /\(mine\)/);
  });

  test('M4: signed with the keyboard; the text is final, an addendum stands below it', async () => {
    for (let left = await page.locator('[data-finding]').count(); left > 0; left--) {
      await page.locator('h1').focus();
      await page.keyboard.press('m');
      await page.keyboard.press('c');
      await page.waitForFunction((n) => document.querySelectorAll('[data-finding]').length < n, left);
    }
    await page.locator('h1').focus();
    await page.keyboard.press('s');
    await sees(page, 'Sign this note?');
    await look(page, 'sign');
    await press(button('Sign the note'));
    await sees(page, 'This text is final.');
    assert.equal(await button('Edit').count(), 0);
    assert.equal((await server.get(`/api/v1/notes/${note}`, doctor.token)).body.status, 'signed');
    await press(button('Add an addendum'));
    await page.getByLabel('What do you want to add?').waitFor();
    await page.keyboard.type('Chest film seen: clear. <b>not markup</b>');
    await press(button('Add it'));
    await sees(page, 'Chest film seen: clear. <b>not markup</b>');
    await look(page, 'note signed');
  });

  test('I10: a colleague and the patient read it once it is shared, nobody else and not the recording', async () => {
    await server404(`/notes/${note}`, colleague);
    await server404(`/notes/${note}`, asha);
    await press(button('Share with asha'));
    await sees(page, 'asha can read it now.');
    await press(button('Share'));
    await page.getByLabel('Share with').waitFor();
    await page.keyboard.type('nobody.here');
    await page.keyboard.press('Enter');
    await sees(page, /cannot be shared with that person/);
    await look(page, 'share');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('dr.sen');
    await page.keyboard.press('Enter');
    await sees(page, 'dr.sen can read it now.');

    const other = await pages.open('/consultations');
    await signIn(other, 'dr.sen');
    await other.getByText('Shared with me').click();
    await look(other, 'shared with me');
    await other.getByRole('link', { name: /asha.*SOAP note/ }).click();
    await sees(other, 'Signed by dr.rao');
    assert.equal(await other.locator('audio').count(), 0);
    await look(other, 'shared note');
    await other.context().close();

    const patient = await pages.open('/');
    await signIn(patient, 'asha');
    await patient.getByRole('link', { name: 'Visit notes' }).click();
    await look(patient, 'visit notes');
    await patient.getByRole('link', { name: /Notes of the visit/ }).click();
    await sees(patient, 'Signed by dr.rao');
    await sees(patient, 'Takes warfarin 7 mg at night.');
    await sees(patient, 'Chest film seen: clear.');
    await look(patient, 'visit note');
    await press(button('Stop sharing with asha'));
    await sees(page, 'asha can no longer read it.');
    await patient.reload();
    await sees(patient, 'This is not here, or it is not yours to see.');
    await patient.context().close();
  });

  test('a draft is thrown away only after a question; earlier versions can be looked at', async () => {
    await press(button('Another note'));
    await press(button(/^Progress note/));
    await button('Sign').waitFor();
    await press(button('Discard this draft'));
    await press(button('Discard the draft'));
    await sees(page, 'The draft has been discarded.');
    await reach(page.locator('summary', { hasText: 'Versions' }));
    await page.keyboard.press('Enter');
    await press(button(/^Look at it: version \d+$/).first());
    await page.getByRole('dialog', { name: /^Version \d+$/ }).waitFor();
    await look(page, 'note version');
    await page.keyboard.press('Escape');
  });

  test('SEC-073: what the patient withdraws stays in the list, says so, and opens again when they agree', async () => {
    assert.equal((await server.post('/api/v1/consents/data_processing/withdraw', undefined, asha.token)).status, 204);
    await press(page.getByRole('link', { name: 'Consultations' }).first());
    const row = page.getByRole('link', { name: /asha/ }).first();
    await row.getByText('No consent').waitFor();
    await look(page, 'consultations without consent');
    await press(row);
    await sees(page, 'The patient does not allow it to be read');
    assert.equal(await page.locator('audio').count(), 0);
    assert.equal(await page.getByText('warfarin').count(), 0);
    await look(page, 'consultation without consent');
    assert.equal((await server.post('/api/v1/consents/data_processing', {}, asha.token)).status, 201);
    await page.reload();
    await button('Another note').waitFor();
  });

  test('SEC-138: nothing was asked of any other place', () => assert.deepEqual([...new Set(pages.foreign)], []));
  test('SEC-090: the console stayed silent: no error, no violation of the policy', () => assert.deepEqual([...new Set(pages.complaints)], []));
  test('WCAG 2.2 AA: every page and state, desk and phone, light and dark', () => assert.deepEqual([...new Set(pages.problems)], []));
});
