// engine: sqlite
// The pages in Debian's Chromium on the real server: a voice from the microphone and a photographed page go from patient to approval.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { Pages, shots, sees, signIn } from './lib/pages.mjs';
import { engines, PASSWORD, startServer } from './lib/server.mjs';

describe(`pages in Chromium, on ${engines[0]}`, () => {
  let server, pages, patientPage, doctorPage, voice, photo;
  const open = (...how) => pages.open(...how);
  const look = (page, name) => pages.look(page, name);

  before(async () => {
    server = await startServer(engines[0]);
    pages = await new Pages(server).start();
  });
  after(async () => {
    await pages?.stop();
    await server?.stop();
  });

  async function register(page, user, role) {
    if (role === 'Doctor') await page.getByRole('radio', { name: /Doctor/ }).check();
    await page.getByLabel('User name').fill(user);
    await page.getByLabel('E-mail').fill(`${user}@pages.example`);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    if (role !== 'Doctor') for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByRole('button', { name: 'Create account' }).click();
  }

  test('SEC-026: the log-in page takes a pasted password and hints at nothing', async () => {
    const page = await open('/');
    await page.getByLabel('User name or e-mail').waitFor();
    const field = page.getByLabel('Password', { exact: true });
    assert.deepEqual([await field.getAttribute('type'), await field.getAttribute('autocomplete')], ['password', 'current-password']);
    await look(page, 'log in');
    await page.context().close();
  });

  test('I1: a patient registers and finds the home empty', async () => {
    patientPage = await open('/register');
    await sees(patientPage, 'Create your account');
    assert.equal(await patientPage.getByLabel('Password', { exact: true }).getAttribute('autocomplete'), 'new-password');
    await look(patientPage, 'register');
    await register(patientPage, 'asha');
    await sees(patientPage, 'Nothing sent yet');
    await look(patientPage, 'empty home');
  });

  test('M1, M9, O10: a voice is recorded with a pause, heard again, sent, and its progress seen', async () => {
    const page = patientPage;
    await page.getByRole('link', { name: /Tell it in your own words/ }).click();
    await look(page, 'before recording');
    await page.getByRole('button', { name: 'Start recording' }).click();
    await sees(page, 'Recording');
    await page.waitForTimeout(3500);
    await page.screenshot({ path: join(shots, 'recording.png') });
    await page.getByRole('button', { name: 'Pause' }).click();
    const paused = await page.getByRole('timer').textContent();
    await page.waitForTimeout(1200);
    assert.equal(await page.getByRole('timer').textContent(), paused, 'the clock stands while paused');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForTimeout(4500);
    await page.getByRole('button', { name: 'Finish' }).click();
    await sees(page, 'Listen before you send');
    await look(page, 'listen before sending');
    await page.getByRole('button', { name: 'Send to the clinic' }).click();
    await sees(page, /The machine is reading it|It has arrived|A doctor is checking it/);
    await sees(page, 'A doctor is checking it');
    voice = new URL(page.url()).pathname.split('/').at(-1);
    assert.match(new URL(page.url()).pathname, /^\/sent\/[0-9a-f-]{36}$/);
    await look(page, 'with the doctor');
    assert.doesNotMatch(await page.locator('main').textContent(), /printing|present|concerned/i, 'M7: no machine text before the approval');
  });

  test('M2: a photograph is looked at and sent', async () => {
    const page = patientPage;
    await page.goto(`${server.origin}/new/photo`);
    await look(page, 'photo');
    await page.setInputFiles('input[accept*=pdf]', media.realPage().path);
    await sees(page, 'Can you read every word?');
    await look(page, 'photo preview');
    await page.getByRole('button', { name: 'Send to the clinic' }).click();
    await sees(page, 'A doctor is checking it');
    photo = new URL(page.url()).pathname.split('/').at(-1);
    await page.goto(server.origin);
    await page.getByRole('link', { name: /Prescription|Photo/i }).first().waitFor();
    await look(page, 'patient home');
  });

  test('SEC-002: a doctor registers, waits, is confirmed and finds the queue', async () => {
    doctorPage = await open('/register');
    await register(doctorPage, 'dr.rao', 'Doctor');
    await sees(doctorPage, 'Thank you, doctor');
    await look(doctorPage, 'joined as doctor');
    await doctorPage.getByRole('button', { name: 'Log in' }).click();
    await signIn(doctorPage, 'dr.rao');
    await sees(doctorPage, 'Your registration is being checked');
    await look(doctorPage, 'waiting doctor');
    server.command('user', 'verify-doctor', 'dr.rao', '--registration-no', 'KMC 48213');
    await doctorPage.getByRole('button', { name: 'Check now' }).click();
    await doctorPage.getByRole('heading', { name: 'Queue' }).waitFor();
    await doctorPage.locator('[data-queue-row]').nth(1).waitFor();
    assert.equal(await doctorPage.locator('[data-queue-row]').count(), 2);
    await look(doctorPage, 'queue');
  });

  test('M5, M6: the doctor hears a word by its click, edits, and approves with the keyboard alone', async () => {
    const page = doctorPage;
    await page.getByRole('link', { name: /asha.*Voice/ }).first().click();
    const words = page.getByRole('group', { name: 'Words as heard' });
    await words.waitFor();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    assert.ok((await words.getByRole('button').count()) > 5, 'the words of real speech');
    await look(page, 'review of a recording');
    const wanted = words.getByRole('button').nth(5);
    await wanted.click();
    await page.locator('[data-active]').first().waitFor();
    const at = await page.evaluate(() => document.querySelector('audio')?.currentTime ?? -1);
    assert.ok(at > 0.2, `the player stands at ${at} s, where the word is`);
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    const line = page.getByRole('textbox', { name: /^Line 1 of/ });
    await line.fill('Headache since Monday, x < 5 & y > 3.');
    await line.press('Escape');
    await page.locator('h1').focus();
    await page.keyboard.press('a');
    await sees(page, 'Saved, not approved');
    const places = page.locator('[data-finding]');
    assert.deepEqual(await page.locator('li', { has: line }).locator('mark').allTextContents(), ['5', '3'], 'the numbers that nobody said are marked where they stand');
    assert.ok(await page.getByRole('button', { name: /^Approve \(\d+ to check\)$/ }).isDisabled());
    await look(page, 'review with findings');
    const count = await places.count();
    for (let left = count; left > 0; left--) {
      await page.keyboard.press('m');
      assert.ok(await places.evaluateAll((all) => all.includes(document.activeElement)), 'the next place has the focus');
      await page.keyboard.press('c');
      await page.waitForFunction((wanted) => document.querySelectorAll('[data-finding]').length === wanted, left - 1);
    }
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await page.keyboard.press('a');
    await page.getByText('Approved. asha can read it now.').first().waitFor();
    await look(page, 'approved');
  });

  test('M2, M3: the picture shows its words as boxes; it is approved', async () => {
    const page = doctorPage;
    await page.goto(`${server.origin}/review/${photo}`);
    await page.locator('svg rect[data-box]').first().waitFor();
    assert.ok((await page.locator('svg rect[data-box]').count()) > 10);
    await look(page, 'review of a prescription');
    for (const tool of ['Zoom in', 'Rotate']) await page.getByRole('button', { name: tool }).first().click();
    await page.getByRole('button', { name: /^Approve/ }).waitFor();
    for (let places = await page.locator('[data-finding]').count(); places > 0; places--) {
      await page.locator('[data-finding]').first().getByRole('button', { name: /^It is right/ }).click();
      await page.waitForFunction((wanted) => document.querySelectorAll('[data-finding]').length === wanted, places - 1);
    }
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('Approved. asha can read it now.').first().waitFor();
  });

  test('M7, P7: the patient reads what was approved, and who looked', async () => {
    const page = patientPage;
    await page.goto(`${server.origin}/sent/${voice}`);
    await sees(page, 'Headache since Monday, x < 5 & y > 3.');
    await look(page, 'approved text');
    await page.goto(`${server.origin}/sent/${photo}`);
    await sees(page, 'Your instructions');
    await sees(page, 'Checked and approved by dr.rao');
    await look(page, 'instructions');
    await page.goto(`${server.origin}/looked`);
    await sees(page, /dr\.rao/);
    await look(page, 'who looked');
    await page.goto(`${server.origin}/account`);
    await page.getByText('This browser').waitFor();
    await look(page, 'account');
    await page.goto(`${server.origin}/no/such/page`);
    await sees(page, 'This page does not exist');
    await look(page, 'no such page');
  });

  test('SEC-116: markup sent by a patient or kept in a draft stays text before the doctor\'s eyes', async () => {
    const hostile = ['<img src=x onerror=alert(1)>', '<script>alert(2)</script>', '"><svg onload=alert(3)>', 'javascript:alert(4)', '{{constructor.constructor("alert(5)")()}}', '<iframe srcdoc="<script>alert(6)</script>">', '<a href=javascript:alert(7)>x</a>'];
    const token = (await server.post('/login', { username: 'asha', password: PASSWORD })).body.session_token;
    const sent = await server.uploadFile('/submit_prescription', token, media.writtenPng(), 'image/png', { notes: hostile.join(' ') });
    const doctor = (await server.post('/login', { username: 'dr.rao', password: PASSWORD })).body.session_token;
    const { version } = await server.settled(sent.body.id, doctor);
    assert.equal((await server.put(`/api/v1/submissions/${sent.body.id}/draft`, { text: hostile.join('\n') }, doctor, { headers: { 'If-Match': `"v${version}"` } })).status, 200);
    const page = doctorPage;
    await page.goto(`${server.origin}/review/${sent.body.id}`);
    await page.getByRole('textbox', { name: /^Line 1 of/ }).waitFor();
    await page.waitForTimeout(800);
    assert.equal(await page.evaluate(() => document.querySelectorAll('main script, main iframe, main img[src="x"], main svg[onload], a[href^="javascript:"]').length), 0);
    assert.equal(await page.getByRole('textbox', { name: /^Line 1 of/ }).inputValue(), hostile[0]);
    await page.context().newPage().then((other) => other.close());
    await patientPage.goto(`${server.origin}/sent/${sent.body.id}`);
    await patientPage.waitForTimeout(500);
  });

  test('the administrator confirms, looks and verifies', async () => {
    const made = server.command('admin', 'create', '--username', 'chief', '--email', 'chief@pages.example');
    const hopeful = await server.pendingDoctor('dr.sen');
    const page = await open('/');
    await signIn(page, 'chief', made.password);
    await page.getByRole('button', { name: `Confirm ${hopeful.username} as doctor` }).waitFor();
    await look(page, 'people');
    await page.getByRole('button', { name: `Confirm ${hopeful.username} as doctor` }).click();
    await look(page, 'confirm dialog');
    await page.getByLabel('Registration number').fill('KMC 1');
    await page.getByRole('button', { name: 'Confirm doctor' }).click();
    await sees(page, 'dr.sen is confirmed');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('button', { name: 'Verify the whole log' }).click();
    await sees(page, /All [\d,.]+ rows are intact/);
    await look(page, 'audit');
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await look(page, 'jobs');
    await page.context().close();
  });

  test('SEC-060, SEC-048: after the log-out the browser keeps nothing and Back shows nothing', async () => {
    const page = patientPage;
    await page.goto(`${server.origin}/sent/${voice}`);
    await sees(page, 'Headache since Monday');
    const kept = () => page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, document.cookie]);
    assert.deepEqual(await kept(), [0, 0, 0, '']);
    const cookies = await page.context().cookies();
    assert.deepEqual(cookies.map((one) => [one.name, one.httpOnly, one.secure, one.sameSite]), [['__Host-at', true, true, 'Strict']]);
    await page.getByRole('button', { name: /asha/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await sees(page, 'You are logged out');
    await page.goBack();
    await page.waitForTimeout(1500);
    assert.doesNotMatch(await page.locator('body').textContent(), /Headache since Monday/);
    assert.deepEqual(await kept(), [0, 0, 0, '']);
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(await doctorPage.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, document.cookie]), [0, 0, 0, '']);
  });

  test('SEC-138: nothing was asked of any other place', () => assert.deepEqual([...new Set(pages.foreign)], []));
  test('SEC-090: the console stayed silent: no error, no violation of the policy', () => assert.deepEqual([...new Set(pages.complaints)], []));
  test('WCAG 2.2 AA: every page and state, desk and phone, light and dark', () => assert.deepEqual([...new Set(pages.problems)], []));
});
