// Made-up media when no samples are given: a sound with bursts where the words are, a page with bars where they stand.
import { deflateSync } from 'node:zlib';

export function speechWav(words, durationMs) {
  const rate = 8000;
  const samples = new Int16Array(Math.ceil(durationMs / 1000 * rate));
  let seed = 7;
  const noise = () => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed / 0x3fffffff - 1; };
  for (const word of words) {
    const from = Math.floor(word.start_ms / 1000 * rate);
    const to = Math.floor(word.end_ms / 1000 * rate);
    for (let i = from; i < to; i += 1) {
      const place = (i - from) / (to - from);
      const swell = Math.sin(Math.PI * place) ** 0.6 * (0.4 + 0.6 * Math.abs(Math.sin(word.text.length * 1.7 + place * 7)));
      const pitch = 118 + 22 * Math.sin(from / 9000);
      const voice = Math.sin(2 * Math.PI * pitch * i / rate) + 0.5 * Math.sin(2 * Math.PI * pitch * 3 * i / rate) + 0.25 * noise();
      samples[i] = 6500 * swell * voice;
    }
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0); head.writeUInt32LE(36 + samples.byteLength, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(rate, 24); head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write('data', 36); head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = (bytes) => { let c = 0xffffffff; for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; };
function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

export function linesPng(width, height, boxes) {
  const rows = Buffer.alloc((width + 1) * height, 250);
  for (let y = 0; y < height; y += 1) rows[y * (width + 1)] = 0;
  for (const [x, y, w, h] of boxes) {
    for (let j = y + Math.floor(h * 0.3); j < y + h * 0.8; j += 1) rows.fill(70, j * (width + 1) + 1 + x, j * (width + 1) + 1 + x + w);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0); head.writeUInt32BE(height, 4); head[8] = 8;
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
