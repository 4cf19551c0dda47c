/**
 * Journals what the disk store does to the file system: `node --import` loads this before anything else. The calls are those
 * of lib/store/disk; one that it has not used so far passes unseen, and the test then misses what that call made.
 *
 * Real syncs are left out: what they would have made durable is known. `power.fails()` stops them: from then on no sync of
 * bytes ends, and no COMMIT, so that whatever is answered after it was answered too early.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { change, Disk, type FileNode, fileNode, folderNode, type Node, syncOf } from './disk.ts';

type Call = (...args: unknown[]) => unknown;
type Promised = (...args: never[]) => Promise<unknown>;

interface Opened {
  readonly node: Node;
  readonly dsync: boolean;
  position: number;
}

const root = process.env.MILLRACE_POWER_ROOT!;
/** There from when the power fails: the thread of the items sees no memory of this one. */
const FAILING = `${root}.failing`;
/** A COMMIT has come to a stop. */
const STOPPED = `${root}.stopped`;
/** A line for each connection that commits: what SQLite says of itself. */
const PRAGMAS = `${root}.pragmas`;
const { O_CREAT, O_TRUNC, O_DSYNC } = fs.constants;
const O_DIRECT = fs.constants.O_DIRECT ?? 0;

export const disk = new Disk(root);
const opened = new Map<number, Opened>();
let failing = false;
let stoppedSync = false;
/** Folders down to the data folder: the store has synced their names before it made anything below them. */
const DEPTH_DURABLE = 2;
const real = { existsSync: fs.existsSync, writeFileSync: fs.writeFileSync };

export const power = {
  fails(): void {
    failing = true;
    real.writeFileSync(FAILING, '');
  },
  /** Whether a COMMIT has come to a stop because of it. */
  get stoppedCommit(): boolean {
    return real.existsSync(STOPPED);
  },
  /** Whether a sync of a file has. */
  get stoppedSync(): boolean {
    return stoppedSync;
  },
};

/** Resolves when what was synced is durable: never, where the power fails first. */
async function reached(ended: () => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (failing) await new Promise(() => undefined);
  ended();
}

function noteOpened(fd: number, path: unknown, flags: string | number | undefined): void {
  if (typeof path !== 'string') return; // Node's own, of modules
  const numeric = typeof flags === 'number' ? flags : flags === 'w' ? O_CREAT | O_TRUNC : 0;
  let node = disk.at(resolve(path));
  if (!node && numeric & O_CREAT) {
    node = fileNode();
    disk.name([resolve(path), node]);
  } else if (node?.is === 'file' && numeric & O_TRUNC) change(node, 0).done = true;
  if (node) opened.set(fd, { node, dsync: (numeric & O_DSYNC) === O_DSYNC, position: 0 });
}

/** A file system that cannot write past its cache, where the test wants one. */
function refuseDirect(flags: unknown): void {
  if (process.env.MILLRACE_POWER_CACHED !== '1' || typeof flags !== 'number' || !(flags & O_DIRECT)) return;
  throw Object.assign(new Error('EINVAL: made to refuse O_DIRECT'), { code: 'EINVAL' });
}

async function written(fd: number, bytes: Uint8Array, at: number, work: () => Promise<number>): Promise<void> {
  const file = opened.get(fd);
  if (file?.node.is !== 'file') return void (await work());
  const made = change(file.node, at, bytes);
  if ((await work()) !== bytes.length) throw new Error('The journal knows no writes that are cut short.');
  made.done = true;
  if (file.dsync) await reached(() => (made.durable = true));
}

/** Folders' names go on being synced when the power fails: bytes whose sync was not awaited are then found out. */
async function synced(fd: number): Promise<void> {
  const node = opened.get(fd)?.node;
  if (!node) return;
  const ended = syncOf(node);
  if (node.is === 'folder') return ended();
  stoppedSync ||= failing;
  await reached(ended);
}

const plain = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  write: promisify(fs.write),
  writev: promisify(fs.writev),
  ftruncate: promisify(fs.ftruncate),
  link: promisify(fs.link),
  unlink: promisify(fs.unlink),
  mkdir: promisify(fs.mkdir),
};

const ASYNC: Record<string, Promised> = {
  open: async (path: string, flags: string | number, mode?: number) => {
    refuseDirect(flags);
    const fd = await plain.open(path, flags, mode);
    noteOpened(fd, path, flags);
    return fd;
  },
  close: async (fd: number) => {
    opened.delete(fd);
    await plain.close(fd);
  },
  write: async (fd: number, bytes: Uint8Array, from: number, length: number, position: number) => {
    const work = async () => (await plain.write(fd, bytes, from, length, position)).bytesWritten;
    await written(fd, bytes.subarray(from, from + length), position, work);
    return { bytesWritten: length, buffer: bytes };
  },
  writev: async (fd: number, parts: readonly Uint8Array[]) => {
    const bytes = Buffer.concat(parts);
    const file = opened.get(fd);
    const work = async () => (await plain.writev(fd, parts)).bytesWritten;
    await written(fd, bytes, file?.position ?? 0, work);
    if (file) file.position += bytes.length;
    return { bytesWritten: bytes.length, buffers: parts };
  },
  ftruncate: async (fd: number, size: number) => {
    const node = opened.get(fd)?.node;
    const made = node?.is === 'file' ? change(node, size) : undefined;
    await plain.ftruncate(fd, size);
    if (made) made.done = true;
  },
  fdatasync: synced,
  fsync: synced,
  link: async (from: string, to: string) => {
    await plain.link(from, to);
    disk.name([resolve(to), disk.at(resolve(from))]);
  },
  unlink: async (path: string) => {
    await plain.unlink(path);
    disk.name([resolve(path), undefined]);
  },
  mkdir: async (path: string) => {
    await plain.mkdir(path);
    disk.name([resolve(path), folderNode()]);
  },
};

/** Makes those of the folders down to `path` known that are there by now. */
function noteFolders(path: string): void {
  if (disk.at(path) || !path.startsWith(root)) return;
  noteFolders(resolve(path, '..'));
  disk.name([path, folderNode()]);
}

function wrapSync<Name extends 'openSync' | 'closeSync' | 'fsyncSync' | 'mkdirSync' | 'renameSync' | 'rmSync'>(
  name: Name,
  after: (...args: never[]) => void,
): void {
  const calls = fs as unknown as Record<string, Call>;
  const original = calls[name]!;
  calls[name] = (...args) => {
    const answer = name === 'fsyncSync' ? undefined : original(...args);
    (after as Call)(...args, answer);
    return answer;
  };
}

function wrap(): void {
  const calls = fs as unknown as Record<string, Call>;
  for (const [name, promised] of Object.entries(ASYNC)) {
    const original = calls[name]!;
    const wrapped: Call = (...args) => original(...args);
    Object.defineProperty(wrapped, promisify.custom, { value: promised });
    calls[name] = wrapped;
  }
  Object.assign(fs.promises, { unlink: ASYNC.unlink });
  wrapSync('openSync', (path: string, flags: string, ...rest: never[]) => noteOpened(rest.at(-1)!, path, flags));
  wrapSync('closeSync', (fd: number) => opened.delete(fd));
  wrapSync('fsyncSync', (fd: number) => {
    const node = opened.get(fd)?.node;
    if (node) syncOf(node)();
  });
  wrapSync('mkdirSync', (path: string) => noteFolders(resolve(path)));
  wrapSync('renameSync', (from: string, to: string) => {
    disk.name([resolve(to), disk.at(resolve(from))], [resolve(from), undefined]);
  });
  wrapSync('rmSync', (path: string) => {
    if (disk.at(resolve(path))) disk.name([resolve(path), undefined]);
  });
  calls.writeFileSync = (path, content, options) => {
    (real.writeFileSync as Call)(path, content, options);
    const at = resolve(String(path));
    if (!at.startsWith(`${root}/`)) return;
    const node: FileNode = fileNode();
    const made = change(node, 0, Buffer.from(content as string));
    made.done = true;
    made.durable = (options as { flush?: boolean } | undefined)?.flush === true;
    disk.name([at, node]);
  };
  syncBuiltinESMExports();
}

/** SQLite's own writes cannot be seen from here: when the power fails, no COMMIT begins any more. */
function wrapCommits(): void {
  const asked = new WeakSet<DatabaseSync>();
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    if (sql.startsWith('COMMIT')) {
      if (!asked.has(this)) {
        asked.add(this);
        const told = ['journal_mode', 'synchronous'].map((name) => this.prepare(`PRAGMA ${name}`).get()![name]);
        fs.appendFileSync(PRAGMAS, `${told.join(' ')}\n`);
      }
      if (real.existsSync(FAILING)) {
        real.writeFileSync(STOPPED, '');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      }
    }
    exec.call(this, sql);
  };
}

/** What a process that was killed has left: bytes that were synced, under names that were not. */
function adopt(folder: string, depth: number): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = resolve(folder, entry.name);
    const node: Node = entry.isDirectory() ? folderNode() : fileNode();
    disk.name([path, node]);
    if (depth < DEPTH_DURABLE) syncOf(disk.at(folder)!)();
    if (node.is === 'folder') adopt(path, depth + 1);
    else Object.assign(change(node, 0, fs.readFileSync(path)), { done: true, durable: true });
  }
}

adopt(root, 0);
wrap();
wrapCommits();
