// Walks through the pages in Chromium against the mock and fails on the first thing that is not as promised.
//   node walk.mjs --modules DIR [--url http://localhost:8480] [--voice FILE.wav] [--only NAME]
// DIR is a folder in which playwright-core and axe-core are installed. Start server.mjs first, afresh for each walk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({ options: {
  modules: { type: 'string', default: '.' }, url: { type: 'string', default: 'http://localhost:8480' },
  voice: { type: 'string' }, only: { type: 'string' },
} });
const require = createRequire(join(resolve(options.modules), 'x.js'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'Sample-1234';
const complaints = [];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  ...(options.voice ? [`--use-file-for-fake-audio-capture=${resolve(options.voice)}`] : []),
] });

async function open(path = '/', user = null, extra = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ['microphone'], ...extra });
  const page = await context.newPage();
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type()) && !/Failed to load resource/.test(line.text())) complaints.push(`console: ${line.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  await page.goto(options.url + path);
  if (user) await signIn(page, user);
  return page;
}

async function signIn(page, user, password = PASSWORD) {
  await page.getByLabel('User name or e-mail').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

async function accessible(page, where) {
  await page.waitForTimeout(350);
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  for (const one of violations) complaints.push(`axe, ${where}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).slice(0, 2).join(' | ')}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) complaints.push(`${where}: ${over} px too wide`);
}
const sees = (page, text) => page.getByText(text).first().waitFor({ timeout: 15_000 });
const lever = (page, path) => page.request.post(`${options.url}/api/v1/mock/${path}`);

const walks = {
  async 'nothing is left in the browser'() {
    const page = await open('/', 'asha');
    const left = await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, document.cookie]);
    assert.deepEqual(left, [0, 0, 0, '']);
    const inline = await page.evaluate(() => [...document.querySelectorAll('script:not([src]), [onclick]')].length);
    assert.equal(inline, 0);
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme), 'dark');
    await accessible(page, 'home in dark');
  },

  async 'a patient registers with the keyboard alone'() {
    const page = await open('/register');
    await sees(page, 'Create your account');
    await accessible(page, 'join');
    await page.keyboard.press('Tab');
    for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.getAttribute('name') === 'user_type')); i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Tab');
    await page.keyboard.type('kavya');
    await page.keyboard.press('Tab');
    await page.keyboard.type('kavya@example.org');
    await page.keyboard.press('Tab');
    await page.keyboard.type('short');
    await sees(page, /Still needs: .*digit/);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'password');
    await accessible(page, 'join with errors');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Monsoon-2031');
    await page.keyboard.press('Enter');
    await sees(page, 'Nothing sent yet');
    await accessible(page, 'empty home');
  },

  async 'a doctor registers and is confirmed'() {
    const page = await open('/register');
    await page.getByRole('radio', { name: /Doctor/ }).check();
    await page.getByLabel('User name').fill('dr.sen');
    await page.getByLabel('E-mail').fill('sen@example.org');
    await page.getByLabel('Password', { exact: true }).fill('Monsoon-2031');
    await page.getByRole('button', { name: 'Create account' }).click();
    await sees(page, 'Thank you, doctor');
    await accessible(page, 'joined as doctor');
    await page.getByRole('button', { name: 'Log in' }).click();
    await signIn(page, 'dr.sen', 'Monsoon-2031');
    await sees(page, 'Your registration is being checked');
    await accessible(page, 'waiting doctor');
    const admin = await open('/', 'admin');
    await admin.getByRole('button', { name: 'Confirm dr.sen as doctor' }).click();
    await admin.getByRole('button', { name: 'Confirm doctor' }).click();
    await sees(admin, 'Enter the registration number.');
    await accessible(admin, 'confirm dialog');
    await admin.getByLabel('Registration number').fill('KMC 48213');
    await admin.getByRole('button', { name: 'Confirm doctor' }).click();
    await sees(admin, 'dr.sen is confirmed');
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
  },

  async 'set-up makes the first administrator once'() {
    const page = await open('/setup#token=first-admin-token');
    await sees(page, 'Set up MedScribe');
    assert.equal(new URL(page.url()).hash, '');
    await accessible(page, 'set-up');
    const fill = async () => {
      await page.getByLabel('User name').fill(`boss${Date.now()}`);
      await page.getByLabel('E-mail').fill(`boss${Date.now()}@example.org`);
      await page.getByLabel('Password', { exact: true }).fill('Monsoon-2031');
      await page.getByRole('button', { name: 'Create the administrator' }).click();
    };
    await fill();
    await sees(page, 'The clinic is ready');
    await page.goto(`${options.url}/setup?token=first-admin-token`);
    await fill();
    await sees(page, 'This link has been used');
    await page.goto(`${options.url}/setup`);
    await sees(page, 'This address lacks its one-time token');
    await accessible(page, 'set-up without token');
  },

  async 'a recording goes from the microphone to the doctor'() {
    const page = await open('/', 'asha');
    await page.getByRole('link', { name: /Tell it in your own words/ }).click();
    await page.getByRole('button', { name: 'Start recording' }).click();
    await sees(page, 'Recording');
    await page.waitForTimeout(1600);
    await accessible(page, 'recording');
    await page.getByRole('button', { name: 'Pause' }).click();
    const paused = await page.getByRole('timer').textContent();
    await page.waitForTimeout(1300);
    assert.equal(await page.getByRole('timer').textContent(), paused, 'the clock stands while paused');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForTimeout(700);
    // leaving asks first
    await page.getByRole('link', { name: 'Who looked', exact: true }).click();
    await sees(page, 'Leave without saving?');
    await accessible(page, 'leave dialog');
    await page.keyboard.press('Escape');
    await page.goBack();
    await sees(page, 'Leave without saving?');
    await page.getByRole('button', { name: 'Stay here' }).click();
    assert.equal(new URL(page.url()).pathname, '/new/voice');
    await page.getByRole('button', { name: 'Finish' }).click();
    await sees(page, 'Listen before you send');
    await accessible(page, 'listen before sending');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    // throttled, so that the bar is seen at work
    const wire = await page.context().newCDPSession(page);
    await wire.send('Network.emulateNetworkConditions', { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: 12_000 });
    await page.getByRole('button', { name: 'Send to the clinic' }).click();
    await sees(page, 'Sending');
    await wire.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await sees(page, /The machine is reading it|It has arrived/);
    await accessible(page, 'being read');
    await sees(page, 'Recognising the words');
    await sees(page, 'A doctor is checking it');
    assert.match(new URL(page.url()).pathname, /^\/sent\//);
    await page.getByRole('button', { name: 'Listen to it' }).click();
    await page.waitForTimeout(500);
    await accessible(page, 'with the doctor');
  },

  async 'silence fails with words that help'() {
    const page = await open('/new/voice', 'asha');
    await page.setInputFiles('input[type=file]', { name: 'silence.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(4000) });
    await sees(page, 'We could not hear anyone speaking');
    await page.getByRole('link', { name: 'Record again' }).click();
    await page.setInputFiles('input[type=file]', { name: 'too-large.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(4000) });
    await sees(page, 'This file is too large');
    await accessible(page, 'upload refused');
  },

  async 'a photograph is looked at before it is sent'() {
    const page = await open('/new/photo', 'asha', { hasTouch: true, viewport: { width: 390, height: 844 } });
    await accessible(page, 'photo on a phone');
    assert.equal(await page.getAttribute('input[capture]', 'capture'), 'environment');
    const dark = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(60, 80);
      const pen = canvas.getContext('2d');
      pen.fillStyle = '#1a1a1a';
      pen.fillRect(0, 0, 60, 80);
      return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())];
    });
    await page.setInputFiles('input[capture]', { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from(dark) });
    await sees(page, 'Can you read every word?');
    await sees(page, 'This picture looks rather dark');
    await accessible(page, 'photo preview');
    await page.getByRole('button', { name: 'Choose another' }).click();
    await page.setInputFiles('input[accept*=pdf]', { name: 'scan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 x') });
    await sees(page, 'This kind of file cannot be shown here');
    await page.getByRole('button', { name: 'Send to the clinic' }).click();
    await sees(page, 'A doctor is checking it');
  },

  async 'the queue works without a mouse'() {
    const page = await open('/', 'dr.rao');
    await page.locator('[data-queue-row]').first().waitFor();
    await accessible(page, 'queue');
    await page.keyboard.press('?');
    await sees(page, 'Next in the list');
    await accessible(page, 'shortcuts');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(second, await page.locator('[data-queue-row]').nth(1).textContent());
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await sees(page, 'What the patient sent');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1');
    await page.keyboard.press('u');
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await page.getByLabel('Kind').selectOption('audio');
    await page.waitForTimeout(300);
    assert.equal(await page.locator('[data-queue-row]', { hasText: 'Prescription' }).count(), 0);
    await page.getByLabel('Kind').selectOption('');
  },

  async 'words light up, sentences show their evidence'() {
    const page = await open('/', 'dr.rao');
    await page.getByRole('link', { name: /lakshmi.*Voice/ }).click();
    const group = page.getByRole('group', { name: 'Words as heard' });
    await group.waitFor();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await page.waitForTimeout(500);
    await accessible(page, 'review of a recording');
    await group.getByRole('button', { name: 'paracetamol' }).click();
    await page.waitForTimeout(700);
    const lit = await page.locator('[data-active]').textContent();
    assert.ok(lit, 'a word is lit while playing');
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Line 1 of 7' }).focus();
    assert.ok((await page.locator('[data-evidence]').count()) > 8);
    assert.match(await group.locator('[data-unsure]').first().getAttribute('aria-label'), /% sure/);
    await group.getByRole('button', { name: 'good' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'morning');
  },

  async 'a page shows its boxes, also when the browser cannot show the page'() {
    const page = await open('/', 'dr.rao');
    await page.getByRole('link', { name: /imran.shaikh/ }).click();
    await page.locator('svg rect[data-box]').first().waitFor();
    await accessible(page, 'review of a prescription');
    const at = await page.locator('[data-i]', { hasText: 'Pantoprazole' }).getAttribute('data-i');
    await page.locator(`[data-i="${at}"]`).hover();
    assert.equal(await page.locator(`[data-box="${at}"][data-active]`).count(), 1, 'word to box');
    await page.locator('[data-box="3"]').hover();
    assert.equal(await page.locator('[data-i="3"][data-active]').count(), 1, 'box to word');
    for (const tool of ['Zoom in', 'Zoom in', 'Rotate', 'Show boxes']) await page.getByRole('button', { name: tool }).click();
    await accessible(page, 'zoomed and turned');
    await page.goto(options.url);
    await page.getByRole('link', { name: /joseph.dsouza/ }).last().click();
    await sees(page, 'The original is a file this browser cannot show');
    assert.ok((await page.locator('svg text').count()) > 10);
    await accessible(page, 'review of a PDF');
  },

  async 'unsaved edits survive leaving, a lost session and a newer version'() {
    const page = await open('/', 'dr.rao');
    await page.getByRole('link', { name: /gopal/ }).click();
    const line = page.getByRole('textbox', { name: 'Line 2 of 7' });
    await line.fill('Sore throat since Wednesday.');
    await sees(page, 'You rewrote this line');
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await lever(page, 'expire');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
    await sees(page, 'Please log in again');
    await sees(page, 'What you had not yet saved is still here');
    await accessible(page, 'log in again');
    await signIn(page, 'dr.rao');
    assert.equal(await line.inputValue(), 'Sore throat since Wednesday.');
    const id = new URL(page.url()).pathname.split('/').at(-1);
    await lever(page, `bump/${id}`);
    await page.getByRole('button', { name: 'Save draft' }).click();
    await sees(page, 'This changed while you had it open');
    await accessible(page, 'conflict');
    await page.getByRole('button', { name: 'Keep my text' }).click();
    assert.equal(await line.inputValue(), 'Sore throat since Wednesday.');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await lever(page, `bump/${id}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('button', { name: 'Approve as it stands' }).click();
    await sees(page, 'This changed while you had it open');
    await page.getByRole('button', { name: 'See the newer version' }).click();
    await page.waitForTimeout(300);
    assert.match(await page.getByRole('textbox', { name: /^Line 8/ }).inputValue(), /old prescriptions/);
  },

  async 'the lines are edited like a text'() {
    const page = await open('/', 'dr.rao');
    await page.getByRole('link', { name: /thomas/ }).click();
    await page.getByRole('textbox', { name: 'Line 5 of 6' }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Rest for two days.');
    assert.equal(await page.getByRole('textbox', { name: 'Line 6 of 7' }).inputValue(), 'Rest for two days.');
    await page.keyboard.press('Home');
    await page.keyboard.press('Backspace');
    assert.equal(await page.getByRole('textbox', { name: 'Line 5 of 6' }).inputValue(), 'Drink plenty of fluids.Rest for two days.');
    await page.getByRole('button', { name: 'Undo my changes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo my changes' }).click();
    await page.getByRole('button', { name: 'Undo my changes' }).waitFor({ state: 'detached' });
  },

  async 'a doctor approves and the patient reads; returned ones come with a question'() {
    const page = await open('/', 'dr.rao');
    await page.getByRole('link', { name: /asha.*Voice/ }).last().click();
    await page.getByRole('textbox', { name: 'Line 1 of 7' }).waitFor();
    await page.locator('h1').focus();
    await page.keyboard.press('m');
    assert.match(await page.evaluate(() => document.activeElement?.value), /sulpha/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Allergy to sulfa antibiotics.');
    await page.keyboard.press('Escape');
    await page.keyboard.press('m');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Bring the black tablet to the next visit.');
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await sees(page, 'Approved. asha can read it now.');
    await accessible(page, 'approved');
    const id = new URL(page.url()).pathname.split('/').at(-1);
    await page.getByRole('button', { name: 'Open the next one' }).click();
    await page.getByRole('textbox', { name: /^Line 1 of/ }).waitFor();
    const next = new URL(page.url()).pathname.split('/').at(-1);
    assert.notEqual(next, id);
    await page.locator('h1').focus();
    await page.keyboard.press('r');
    await page.getByRole('button', { name: 'Return to the patient' }).click();
    await sees(page, 'Write your question first.');
    await accessible(page, 'return dialog');
    await page.getByLabel('Your question').fill('Since when do you take it?');
    await page.getByRole('button', { name: 'Return to the patient' }).click();
    await sees(page, 'with your question');

    const patient = await open(`/sent/${id}`, 'asha');
    await sees(patient, 'Allergy to sulfa antibiotics.');
    await accessible(patient, 'approved text');
    await patient.goto(`${options.url}/looked`);
    await sees(patient, 'dr.rao, Doctor');
    await accessible(patient, 'who looked');
  },

  async 'trouble is told in words'() {
    const page = await open('/', 'asha');
    await lever(page, 'fail/500');
    await page.getByRole('link', { name: 'Who looked', exact: true }).click();
    await sees(page, 'The server had a problem');
    await accessible(page, 'server error');
    await page.getByRole('button', { name: 'Try again' }).click();
    await sees(page, 'Other people');
    await lever(page, 'fail/429');
    await page.getByRole('link', { name: 'Home' }).click();
    await sees(page, 'Please try again in 42 seconds');
    await page.goto(`${options.url}/sent/00000000-0000-4000-8000-000000000000`);
    await sees(page, 'This is not here, or it is not yours to see.');
    await page.goto(`${options.url}/no/such/page`);
    await sees(page, 'This page does not exist');
    await accessible(page, 'no such page');
    await page.goto(`${options.url}/account`);
    await page.getByRole('button', { name: /End session: Chrome on Android/ }).click();
    await sees(page, 'The session has been ended.');
    await accessible(page, 'account');
    await lever(page, 'expire');
    await page.getByRole('link', { name: 'Who looked', exact: true }).click();
    await sees(page, 'Please log in again');
    await signIn(page, 'asha');
    await page.getByRole('heading', { name: 'Who looked at my record' }).waitFor();
    await page.getByRole('button', { name: /asha/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await sees(page, 'You are logged out');
    await page.getByLabel('User name or e-mail').fill('asha');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await sees(page, 'The user name or the password is not right');
    await accessible(page, 'wrong password');
  },

  async 'a visit goes from the microphone to a signed note, with the keyboard alone'() {
    const page = await open('/consultations', 'dr.rao');
    await page.locator('[data-row]').first().waitFor();
    await accessible(page, 'consultations');
    await page.locator('h1').focus();
    await page.keyboard.press('+');
    await page.getByRole('button', { name: 'Go on to the recording' }).focus();
    await page.keyboard.press('Enter');
    await sees(page, 'Ask the patient first.');
    await accessible(page, 'new consultation with errors');
    await page.getByLabel('User name or e-mail of the patient').focus();
    await page.keyboard.type('nobody');
    await page.getByRole('checkbox').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await sees(page, 'There is no patient with this user name');
    await page.getByLabel('User name or e-mail of the patient').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('asha');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Start recording' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForTimeout(1500);
    await page.getByRole('button', { name: 'Finish' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send and have it written down' }).waitFor();
    // a failed upload keeps the recording
    await lever(page, 'fail/503');
    await page.getByRole('button', { name: 'Send and have it written down' }).focus();
    await page.keyboard.press('Enter');
    await sees(page, 'Your recording is still here');
    await accessible(page, 'upload failed');
    await page.getByRole('button', { name: 'Save it on this device' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await sees(page, 'The machine is listening to it');
    await sees(page, 'Which note shall be drafted?');
    await accessible(page, 'templates');
    await page.getByRole('button', { name: /SOAP note/ }).focus();
    await page.keyboard.press('Enter');
    await sees(page, 'The note is being drafted');
    await sees(page, '3 things to check before you can sign');
    await accessible(page, 'draft');
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('[data-active]').first().waitFor();
    assert.ok((await page.locator('[data-evidence]').count()) > 5, 'the words behind the line are marked');
    await page.keyboard.press('p');
    await page.keyboard.press('s');
    await page.waitForFunction(() => document.activeElement?.id === 'finding-1'); // signing leads to what is open
    await page.keyboard.press('c');
    await sees(page, 'Confirmed. 2 are left.'); // and on to the next one
    await page.waitForFunction(() => document.activeElement?.id === 'finding-2');
    await page.keyboard.press('e');
    await page.waitForFunction(() => document.activeElement?.value === 'Chest pain, no trouble breathing.');
    await page.keyboard.press('Home');
    await page.keyboard.type('No ');
    await accessible(page, 'editing a note');
    const id = (await page.waitForRequest((request) => request.method() === 'PUT', { timeout: 20_000 })).url().split('/').at(-1);
    await sees(page, 'Saved. Checked again when you are done.');
    await lever(page, `bump-note/${id}`);
    await page.keyboard.type('really ');
    await page.keyboard.press('Escape');
    await sees(page, 'This note changed while you had it open');
    await sees(page, 'Only in the newer text');
    await accessible(page, 'note conflict');
    await page.getByRole('button', { name: 'Go on with my text' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.locator('textarea').evaluateAll((all) => all.some((one) => one.value === 'No really Chest pain, no trouble breathing.')), true);
    await page.getByRole('button', { name: 'Save and check' }).focus();
    await page.keyboard.press('Enter');
    await sees(page, '2 things to check before you can sign');
    await page.keyboard.press('m');
    await page.waitForFunction(() => document.activeElement?.id.startsWith('finding-'));
    await page.keyboard.press('c');
    await sees(page, 'Confirmed. 1 is left.');
    await page.waitForFunction(() => document.activeElement?.id.startsWith('finding-'));
    await page.keyboard.press('c');
    await sees(page, 'Nothing is left to check');
    await page.keyboard.press('s');
    await sees(page, 'Sign this note?');
    await accessible(page, 'sign dialog');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await sees(page, 'Signed. The text is final.');
    await page.getByRole('button', { name: 'Share with asha' }).focus();
    await page.keyboard.press('Enter');
    await sees(page, 'asha can read it now.');
    await accessible(page, 'signed note');
    const patient = await open('/visits', 'asha');
    await patient.getByRole('link', { name: /Notes of the visit/ }).click();
    await sees(patient, 'No really Chest pain');
    await accessible(patient, 'visit note');
  },

  async 'the administrator sees people, audit and jobs'() {
    const page = await open('/', 'admin', { viewport: { width: 360, height: 740 } });
    await page.getByText('Everyone').click();
    await page.getByRole('button', { name: 'Switch off gopal' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await sees(page, 'gopal is switched off.');
    await accessible(page, 'people on a phone');
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('button', { name: 'Verify the whole log' }).click();
    await sees(page, /All \d+ rows are intact/);
    await page.getByRole('combobox', { name: 'Action' }).or(page.getByLabel('Action', { exact: true })).first().fill('login.failed');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForTimeout(400);
    assert.equal(await page.getByText('submission.read').count(), 0);
    await page.getByRole('button', { name: /Details of row/ }).first().click();
    await accessible(page, 'audit on a phone');
    await page.getByRole('link', { name: 'Jobs' }).click();
    await sees(page, 'transcribe');
    await accessible(page, 'jobs on a phone');
    const auditor = await open('/', 'auditor');
    await auditor.getByRole('heading', { name: 'Audit' }).waitFor();
    const reader = await open('/', 'reader');
    await sees(reader, 'Pages for read-only accounts');
  },
};

let failed = 0;
for (const [name, walk] of Object.entries(walks)) {
  if (options.only && !name.includes(options.only)) continue;
  const before = complaints.length;
  try {
    await walk();
    for (const one of complaints.slice(before)) console.log(`    ${one}`);
    if (complaints.length > before) failed += 1;
    console.log(`${complaints.length > before ? 'not ok' : 'ok'} ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}\n    ${String(error.stack ?? error).split('\n').slice(0, 12).join('\n    ')}`);
    for (const one of complaints.slice(before)) console.log(`    ${one}`);
    const pages = browser.contexts().flatMap((context) => context.pages());
    await pages.at(-1)?.screenshot({ path: join(options.modules, 'last-failure.png') }).catch(() => {});
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
process.exitCode = failed > 0 ? 1 : 0;
