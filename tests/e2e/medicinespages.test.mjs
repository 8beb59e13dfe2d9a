// engine: sqlite
// The clinic's own medicines in Chromium: an administrator keeps the list, a doctor sees names beside what was read and puts one in by hand.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { Pages, sees, signIn } from './lib/pages.mjs';
import { engines, startServer } from './lib/server.mjs';

describe(`pages of medicines in Chromium, on ${engines[0]}`, () => {
  let server, pages, admin, page;
  before(async () => {
    server = await startServer(engines[0]);
    pages = await new Pages(server).start();
    admin = await server.admin('keeper');
  });
  after(async () => {
    await pages?.stop();
    await server?.stop();
  });
  const look = (what) => pages.look(page, what);
  const names = () => page.locator('tbody th').allTextContents();
  const add = async (text) => {
    await page.getByLabel('Add names').fill(text);
    await page.getByRole('button', { name: 'Add to the list' }).click();
  };

  test('an empty list says what it is for; names are added, one or many, and what is wrong is said by its line', async () => {
    page = await pages.open('/');
    await signIn(page, admin.username, admin.password);
    await page.getByRole('link', { name: 'Medicines' }).first().click();
    await sees(page, 'No names yet');
    await look('medicines, empty');
    await add('');
    await sees(page, 'Write at least one name.');
    await add('Good Name\n=SUM(A1)');
    await sees(page, 'Line 2 does not begin with a letter or a digit.');
    await look('medicines, a fault');
    await add('Tab. Zorbinol 500\tour own brand\nTelma H\nपैरासिटामोल');
    await sees(page, '3 names are added.');
    assert.deepEqual(await names(), ['Tab. Zorbinol 500', 'Telma H', 'पैरासिटामोल']);
    await add('telma h');
    await sees(page, 'This name is on the list already.');
    await add(Array.from({ length: 700 }, (_, i) => `Fillerine ${i}`).join('\n'));
    await sees(page, '700 names are added.');
    await sees(page, '703 of at most 5,000 names');
    await look('medicines');
  });

  test('search, removing with a way back, by keyboard alone', async () => {
    await page.getByLabel('Search').fill('telma');
    await sees(page, 'Telma H');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await page.getByRole('button', { name: 'Remove Telma H' }).focus();
    await page.keyboard.press('Enter');
    await sees(page, 'Removed: Telma H');
    await sees(page, 'No such name');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Put it back');
    await look('medicines, removed');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await sees(page, '703 of at most 5,000 names');
    await page.getByLabel('Search').fill('nothing like it');
    await sees(page, 'No such name');
    await page.context().close();
  });

  test('a name that is not known keeps standing; the doctor puts a known one in, and approves what was put in', async () => {
    const patient = await server.patient('meera');
    const doctor = await server.doctor('dr.names');
    const sent = await server.uploadFile('/submit_prescription', patient.token,
      media.renderPage('near-name.png', 'Dr. A. Example, Sample Clinic\n\nPatient: Pat Sample\n\nRx\n1. Tab Zorbinal 500 mg BD x 5 days\n2. Tab Paracetamol 500 mg BD x 5 days\n'), 'image/png');
    assert.equal((await server.settled(sent.body.id, doctor.token)).status, 'draft');
    page = await pages.open('/');
    await signIn(page, doctor.username, doctor.password);
    await page.goto(`${server.origin}/review/${sent.body.id}`);
    await sees(page, 'Known names like “Zorbinal”:');
    const line = page.locator('textarea').filter({ hasText: 'Zorbinal' });
    assert.match(await line.inputValue(), /Tab Zorbinal 500 mg BD/);
    await look('names beside a line');
    const choice = page.getByRole('button', { name: 'Write Zorbinol in place of Zorbinal' });
    await choice.focus();
    await page.keyboard.press('Enter');
    const changed = page.locator('textarea').filter({ hasText: 'Zorbinol' });
    assert.match(await changed.inputValue(), /Tab Zorbinol 500 mg BD/);
    assert.equal(await choice.count(), 0);
    const { patient_instructions } = (await server.get(`/api/v1/submissions/${sent.body.id}`, doctor.token)).body;
    assert.match(patient_instructions, /Zorbinal/, 'nothing is changed before the doctor saves');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await sees(page, /saved/i);
    assert.match((await server.get(`/api/v1/submissions/${sent.body.id}`, doctor.token)).body.patient_instructions, /Zorbinol/);
    await look('a name put in');
  });

  test('accessible, fitting every screen, silent, and asking nobody else', () => {
    assert.deepEqual([pages.problems, pages.complaints, pages.foreign], [[], [], []]);
  });
});
