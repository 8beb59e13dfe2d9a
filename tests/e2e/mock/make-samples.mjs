// Draws the prescription of sample.mjs as a picture with the true box of every word.
//   node make-samples.mjs OUT_DIR      needs playwright-core to be resolvable and /usr/bin/chromium
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const out = process.argv[2];
if (!out) throw new Error('usage: node make-samples.mjs OUT_DIR');
const { chromium } = createRequire(join(resolve('.'), 'x.js'))('playwright-core');
mkdirSync(out, { recursive: true });

const lines = [
  ['h', 'Lotus Polyclinic'], ['s', 'Dr. A. K. Verma, MBBS MD'], ['s', 'Reg. No. 24738'], ['n', 'Name: Asha Menon  Age: 36  Date: 24/01/2026'], ['r', 'Rx'],
  ['m', '1. Tab Amoxicillin 500 mg'], ['d', '1-0-1 x 5 days'], ['m', '2. Tab Pantoprazole 40 mg'], ['d', 'OD AC x 10 days'],
  ['m', '3. Syr Ambroxol 5 ml'], ['d', 'TDS x 3 days'], ['m', '4. Tab Dolo 650'], ['d', 'SOS'], ['n', 'Advice: plenty of fluids, rv 5/7'],
];
const doubtful = new Set(['Ambroxol', 'rv', '5/7', 'Dolo']);
const html = `<style>body{margin:0;background:#cfc9bd}main{width:1000px;height:1400px;box-sizing:border-box;padding:90px 100px;background:linear-gradient(160deg,#fdfcf7,#efeadd);font:30px/1.5 Georgia,serif;color:#26303c}
p{margin:0}.h{font-size:46px;color:#7a2030}.s{font-size:25px}.n{margin-top:34px;border-top:2px solid #b9b2a2;padding-top:26px;font-size:27px}.r{font-size:52px;font-style:italic;margin:20px 0}.m{margin-top:18px;font-weight:bold}.d{padding-left:60px;font-style:italic}</style>
<main>${lines.map(([c, t], n) => `<p class="${c}">${t.split(/\s+/).map((w) => `<span data-line="${n}">${w}</span>`).join(' ')}</p>`).join('')}</main>`;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const page = await browser.newPage({ viewport: { width: 1000, height: 1400 } });
await page.setContent(html);
await page.screenshot({ path: join(out, 'prescription.png') });
const words = await page.$$eval('span', (spans) => spans.map((span) => {
  const box = span.getBoundingClientRect();
  return { text: span.textContent, page: 0, box: [box.x, box.y, box.width, box.height].map(Math.round), line: Number(span.dataset.line) };
}));
await browser.close();
for (const word of words) word.confidence = doubtful.has(word.text) ? 0.47 : 0.96;
writeFileSync(join(out, 'prescription.json'), JSON.stringify({ width: 1000, height: 1400, words }));
