// A private PostgreSQL cluster: one for the whole run, a fresh database for each server. Unix socket only, no TCP.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const programs = process.env.MEDSCRIBE_POSTGRES ?? '/usr/lib/postgresql/15/bin';
let cluster = null;
let databases = 0;

// PostgreSQL refuses to run as root: its own user does it.
function owner() {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

async function startCluster() {
  if (!existsSync(join(programs, 'postgres'))) throw new Error(`PostgreSQL 15 is not in ${programs}: apt-get install postgresql`);
  const folder = mkdtempSync(join(tmpdir(), 'ms-pg-'));
  const who = owner();
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (who.uid) for (const one of [folder, data]) chownSync(one, who.uid, who.gid);
  chmodSync(folder, 0o755);
  const log = join(folder, 'log'); // a file: a pipe would fill while this process waits for a command
  const options = { ...who, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'root_role', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8'], options);
  const child = spawn(join(programs, 'postgres'), ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off',
    '-c', 'shared_buffers=32MB', '-c', 'log_statement=all'], { ...options, stdio: ['ignore', openSync(log, 'a'), openSync(log, 'a')] });
  cluster = { folder, data, child, log };
  child.unref();
  process.on('exit', stopCluster);
  for (let tries = 0; ; tries++) {
    try {
      query('postgres', 'SELECT 1');
      break;
    } catch (error) {
      if (tries === 1200 || child.exitCode !== null) throw new Error(`PostgreSQL did not start: ${clusterLog()}`, { cause: error });
      await new Promise((go) => setTimeout(go, 100));
    }
  }
  query('postgres', 'CREATE ROLE clinic LOGIN');
}

function stopCluster() {
  if (cluster === null) return;
  try {
    process.kill(cluster.child.pid, 'SIGQUIT');
  } catch { /* has ended */ }
  rmSync(cluster.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  cluster = null;
}

/** How a program holds the head of the audit log, which every write on record needs: [program, words, what to say to it]. */
export function holder(database) {
  return [join(programs, 'psql'), ['-h', cluster.folder, '-U', 'root_role', '-d', database, '-X', '-q', '-A', '-t'],
    "BEGIN;\nSELECT 'held' FROM audit_head FOR UPDATE;\n"];
}

/** Rows as arrays of text, by the cluster's first role, which may do everything. */
export function query(database, sql) {
  const out = execFileSync(join(programs, 'psql'), ['-h', cluster.folder, '-U', 'root_role', '-d', database, '-X', '-q', '-A', '-t', '-F', '\x1f',
    '-v', 'ON_ERROR_STOP=1', '-c', sql], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  return out.split('\n').filter((line) => line !== '').map((line) => line.split('\x1f'));
}

/** The same by the role that the server uses; returns what PostgreSQL said against it, or null. */
export function refused(database, sql) {
  try {
    execFileSync(join(programs, 'psql'), ['-h', cluster.folder, '-U', 'clinic', '-d', database, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', sql],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
    return null;
  } catch (error) {
    return error.stderr;
  }
}

export async function newDatabase() {
  if (cluster === null) await startCluster();
  const name = `clinic_${process.pid}_${++databases}`;
  query('postgres', `CREATE DATABASE ${name} OWNER clinic`);
  return { name, url: `postgresql://clinic@/${name}?host=${encodeURIComponent(cluster.folder)}` };
}

/** The same rows in a database of their own; nobody may be connected to the first one. */
export function copyDatabase({ name }) {
  const copy = `copy_${process.pid}_${++databases}`;
  query('postgres', `CREATE DATABASE ${copy} TEMPLATE ${name} OWNER clinic`);
  return { name: copy, url: `postgresql://clinic@/${copy}?host=${encodeURIComponent(cluster.folder)}` };
}

/** Everything on disk is as it will be found: flushed. */
export function flush() { query('postgres', 'CHECKPOINT'); }
export const clusterFolder = () => cluster.data;
export const clusterLog = () => readFileSync(cluster.log, 'utf8');
