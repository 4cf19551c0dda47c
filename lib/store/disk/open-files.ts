import * as fs from 'node:fs';
import { promisify } from 'node:util';

const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);

/** A file open for reading. Objects never change, so its size holds for as long as it is open. */
export interface OpenFile {
  readonly fd: number;
  readonly sizeBytes: number;
}

interface Entry {
  readonly opened: Promise<OpenFile>;
  users: number;
  dropped: boolean;
}

/** Keeps the most recently used files open, up to a bound; one that is being read is closed by its last reader. */
export class OpenFiles {
  private readonly most: number;
  private readonly entries = new Map<string, Entry>();

  constructor(most: number) {
    this.most = most;
  }

  /** Calls `work` with the file, opened where it is not open yet; rejects with the system's error where it cannot be. */
  async use<Result>(path: string, work: (file: OpenFile) => Promise<Result>): Promise<Result> {
    const entry = this.entryOf(path);
    entry.users++;
    try {
      return await work(await entry.opened);
    } finally {
      entry.users--;
      if (entry.dropped && entry.users === 0) await closeEntry(entry);
    }
  }

  /** Forgets a file that was deleted. */
  async drop(path: string): Promise<void> {
    const entry = this.entries.get(path);
    if (!entry) return;
    this.entries.delete(path);
    entry.dropped = true;
    if (entry.users === 0) await closeEntry(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((path) => this.drop(path)));
  }

  private entryOf(path: string): Entry {
    const known = this.entries.get(path);
    if (known) {
      this.entries.delete(path);
      this.entries.set(path, known);
      return known;
    }
    const entry: Entry = { opened: openFile(path), users: 0, dropped: false };
    this.entries.set(path, entry);
    entry.opened.catch(() => {
      entry.dropped = true;
      if (this.entries.get(path) === entry) this.entries.delete(path);
    });
    if (this.entries.size > this.most) void this.drop(this.entries.keys().next().value!);
    return entry;
  }
}

async function openFile(path: string): Promise<OpenFile> {
  const fd = await open(path, 'r');
  try {
    return { fd, sizeBytes: (await fstat(fd)).size };
  } catch (error) {
    await close(fd);
    throw error;
  }
}

/** A file that could not be opened has nothing to close; whoever wanted it was told. */
async function closeEntry(entry: Entry): Promise<void> {
  const file = await entry.opened.catch(() => undefined);
  if (file) await close(file.fd);
}
