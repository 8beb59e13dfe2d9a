// The server's own programs, always by single ids that belong to it, and waiting for what they do.
import { readFileSync, readdirSync } from 'node:fs';
import { HANGS_MS, sleep } from './server.mjs';

export const childrenOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};
export const nameOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};
export const programOf = (server, name) => childrenOf(server.child.pid).find((pid) => nameOf(pid) === name);
export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** Until `question` says yes; how long it took in ms. */
export async function until(question, what) {
  const began = Date.now();
  for (;;) {
    let why = '';
    if (await question().catch((error) => { why = error.message; })) return Date.now() - began;
    if (Date.now() - began > HANGS_MS) throw new Error(`not yet: ${what} ${why}`);
    await sleep(50);
  }
}
