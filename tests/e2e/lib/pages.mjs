// The pages in Debian's Chromium against a running server: opening, signing in, looking at every size and colour.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as media from './media.mjs';
import { load, packagePath } from './packages.mjs';
import { HANGS_MS, PASSWORD } from './server.mjs';

export const shots = join(dirname(fileURLToPath(import.meta.url)), '../shots');
const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** A browser whose microphone hears a made or recorded voice; it keeps what the pages complained about. */
export class Pages {
  complaints = [];
  foreign = [];
  problems = [];

  /** `voice`: the recording that the microphone hears; a person's by default. */
  constructor(server, voice) { Object.assign(this, { server, voice }); }

  async start() {
    mkdirSync(shots, { recursive: true });
    const { chromium } = (await load('playwright-core')).default;
    this.axe = readFileSync(packagePath('axe-core/axe.min.js'), 'utf8');
    this.browser = await chromium.launch({ executablePath: process.env.MEDSCRIBE_CHROMIUM ?? '/usr/bin/chromium', args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--ignore-certificate-errors', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${media.microphoneWav(this.voice)}`] });
    return this;
  }

  async stop() { await this.browser?.close(); }

  async open(path = '/', options = {}) {
    const context = await this.browser.newContext({ viewport: DESK, ignoreHTTPSErrors: true, permissions: ['microphone'], ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(HANGS_MS);
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type()) && !/Failed to load resource/.test(line.text())) this.complaints.push(`console: ${line.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`page error: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(this.server.origin) && !/^(blob|data):/.test(request.url())) this.foreign.push(request.url());
    });
    await page.goto(this.server.origin + path);
    return page;
  }

  /** axe and no sideways scrolling; on a desk and on a phone, light and dark. */
  async look(page, name) {
    for (const [size, viewport] of [['desk', DESK], ['phone', PHONE]]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(250);
        await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished.catch(() => {}))));
        if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(this.axe);
        const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'] }), RULES);
        for (const one of violations) this.problems.push(`${name}, ${size}, ${colorScheme}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 140)).slice(0, 2).join(' | ')}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 0) this.problems.push(`${name}, ${size}: ${over} px too wide`);
        if (colorScheme === (size === 'desk' ? 'light' : 'dark')) await page.screenshot({ path: join(shots, `${name.replace(/ /g, '-')}-${size}.png`), fullPage: size === 'phone' });
      }
    }
    await page.setViewportSize(DESK);
    await page.emulateMedia({ colorScheme: 'light' });
  }
}

export async function signIn(page, user, password = PASSWORD) {
  await page.getByLabel('User name or e-mail').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}
export const sees = (page, text) => page.getByText(text).first().waitFor();
