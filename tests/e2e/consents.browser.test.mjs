// engine: sqlite
// Consents in Chromium: asked for one by one, withdrawn as easily as given, and nothing that was to be sent is lost for want of one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { Pages, sees, signIn } from './lib/pages.mjs';
import { engines, PASSWORD, startServer } from './lib/server.mjs';

describe(`consent pages in Chromium, on ${engines[0]}`, () => {
  let server, pages, page;
  before(async () => {
    server = await startServer(engines[0]);
    pages = await new Pages(server).start();
  });
  after(async () => {
    await pages?.stop();
    await server?.stop();
  });
  const state = async (name) => (await page.getByRole('region', { name }).textContent());
  const token = async () => (await server.post('/login', { username: 'mira', password: PASSWORD })).body.session_token;
  const standing = async () => (await server.get('/api/v1/consents', await token())).body.consents.filter((one) => one.granted).map((one) => one.type);

  test('P2, SEC-149 (as built): registering asks for each consent in a box of its own, none of them ticked', async () => {
    page = await pages.open('/register');
    await page.getByLabel('User name').fill('mira');
    await page.getByLabel('E-mail').fill('mira@pages.example');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    const boxes = await page.getByRole('checkbox').all();
    assert.equal(boxes.length, 4);
    for (const box of boxes) assert.equal(await box.isChecked(), false);
    await page.getByLabel('Keeping what I send').check();
    await pages.look(page, 'register with consents');
    await page.getByRole('button', { name: 'Create account' }).click();
    await sees(page, 'Nothing sent yet');
    assert.deepEqual(await standing(), ['data_storage'], 'exactly what was ticked');
    await page.getByRole('link', { name: 'Consents', exact: true }).click();
    await sees(page, 'Not allowed');
    await pages.look(page, 'consents');
  });

  test('SEC-150: a recording that lacks a consent is not lost: the page asks, and sends it after one click', async () => {
    await page.goto(`${server.origin}/new/voice`);
    await page.setInputFiles('input[accept*=wav]', media.spokenWav());
    await sees(page, 'This needs your consent');
    await sees(page, 'Recording my voice');
    await pages.look(page, 'consent needed');
    assert.equal((await server.get('/get_result', await token())).body.results.length, 0);
    await page.getByRole('button', { name: 'Allow and send' }).click();
    await sees(page, 'It waits for your consent');
    await pages.look(page, 'waits for consent');
    assert.deepEqual(await standing(), ['recording', 'data_storage'], 'asked for what was needed, and for nothing else');
  });

  test('SEC-150: what waits begins by itself once reading is allowed', async () => {
    const sent = page.url();
    await page.getByRole('link', { name: 'Look at my consents' }).click();
    await page.getByRole('button', { name: 'Allow: Reading what I send' }).click();
    await page.getByRole('button', { name: 'Withdraw: Reading what I send' }).waitFor();
    await page.goto(sent);
    await sees(page, 'A doctor is checking it');
  });

  test('SEC-151: withdrawing takes no more clicks than allowing, and what it does is said before', async () => {
    await page.getByRole('link', { name: 'Consents', exact: true }).click();
    await page.getByRole('button', { name: 'Withdraw: Reading what I send' }).waitFor();
    assert.match(await state('Reading what I send'), /If you withdraw it: Work under way stops at once/);
    await page.getByRole('button', { name: 'Withdraw: Reading what I send' }).click(); // one click, as allowing was one
    await page.getByRole('button', { name: 'Allow: Reading what I send' }).waitFor();
    assert.match(await state('Reading what I send'), /Withdrawn/);
    assert.deepEqual(await standing(), ['recording', 'data_storage']);
    const history = page.getByRole('region', { name: 'Reading what I send' }).getByRole('listitem');
    await page.getByText('History (2)').first().click();
    assert.equal(await history.count(), 2);
    await page.evaluate(() => window.scrollTo(0, 0));
    await pages.look(page, 'consent withdrawn');
  });

  test('SEC-152: a consent with an end says until when, and its end is announced on the start page', async () => {
    const day = new Date(Date.now() + 5 * 86_400_000).toISOString();
    assert.equal((await server.post('/api/v1/consents/data_processing', { expires_at: day }, await token())).status, 201);
    await page.reload();
    await sees(page, 'This ends within 7 days. It is not renewed by itself.');
    await page.getByRole('link', { name: 'Home' }).click();
    await sees(page, 'A consent needs your attention');
    await pages.look(page, 'home with a consent that ends');
    await page.getByRole('link', { name: 'Consents', exact: true }).click();
    await page.getByLabel('For how long: Reading what I send').selectOption('year');
    await page.getByRole('button', { name: 'Allow: Reading what I send' }).click();
    await page.getByText('This ends within 7 days. It is not renewed by itself.').waitFor({ state: 'detached' });
    const [, processing] = (await server.get('/api/v1/consents', await token())).body.consents;
    assert.ok([364, 365].includes(processing.expires_in_days), `${processing.expires_in_days} days`);
  });

  test('SEC-151: the doctor\'s queue says honestly that a consent is missing, and opens nothing', async () => {
    assert.equal((await server.post('/api/v1/consents/data_processing/withdraw', undefined, await token())).status, 204);
    const doctor = await server.doctor('dr.honest');
    const desk = await pages.open('/');
    await signIn(desk, doctor.username);
    await sees(desk, 'No consent');
    await pages.look(desk, 'queue with a missing consent');
    await desk.getByText('mira').first().click();
    await sees(desk, 'The patient’s consent for this is missing or was withdrawn.');
    await pages.look(desk, 'review without consent');
    await desk.context().close();
  });

  test('nothing is wrong for those who read differently, and the pages speak to nobody else', () => {
    assert.deepEqual(pages.problems, []);
    assert.deepEqual(pages.complaints, []);
    assert.deepEqual(pages.foreign, []);
  });
});
