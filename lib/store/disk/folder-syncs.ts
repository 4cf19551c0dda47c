import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { FOLDERS_SYNC } from './folders.ts';
import type { Gate } from './gate.ts';
import type { OpenFiles } from './open-files.ts';

const fsync = promisify(fs.fsync);

interface Turns {
  /** The last sync that was asked for: under way, or waiting. */
  last: Promise<void>;
  /** Whether `last` has not begun yet, so that it covers whoever asks now. */
  waits: boolean;
}

/**
 * Makes names in folders durable. A sync covers what was there when it began: everyone who asks before it begins shares
 * it, and whoever asks while one is under way shares the one after it.
 */
export class FolderSyncs {
  private readonly folders: OpenFiles;
  private readonly gate: Gate;
  private readonly turns = new Map<string, Turns>();

  constructor(folders: OpenFiles, gate: Gate) {
    this.folders = folders;
    this.gate = gate;
  }

  /** Resolves when all names that were in `folder` at the call are durable. */
  sync(folder: string): Promise<void> {
    if (!FOLDERS_SYNC) return Promise.resolve();
    const turns = this.turns.get(folder);
    if (turns?.waits) return turns.last;
    const next: Turns = { last: Promise.resolve(), waits: true };
    next.last = this.run(folder, next, turns?.last);
    this.turns.set(folder, next);
    return next.last;
  }

  private async run(folder: string, turns: Turns, before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined); // its own callers were told
    try {
      await this.folders.use(folder, ({ fd }) =>
        this.gate.pass(() => {
          turns.waits = false;
          return fsync(fd);
        }),
      );
    } finally {
      turns.waits = false;
      if (this.turns.get(folder) === turns) this.turns.delete(folder);
    }
  }
}
