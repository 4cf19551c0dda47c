import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { FOLDERS_SYNC } from './data-folder.ts';
import type { OpenFiles } from './open-files.ts';

const fsync = promisify(fs.fsync);

interface Turns {
  running: Promise<void> | undefined;
  next: Promise<void> | undefined;
}

/**
 * Makes names in folders durable. A sync covers what was there when it began, so everyone who asks while one is under
 * way shares the one after it.
 */
export class FolderSyncs {
  private readonly folders: OpenFiles;
  private readonly turns = new Map<string, Turns>();

  constructor(folders: OpenFiles) {
    this.folders = folders;
  }

  /** Resolves when all names that were in `folder` at the call are durable. */
  sync(folder: string): Promise<void> {
    if (!FOLDERS_SYNC) return Promise.resolve();
    const turns = this.turns.get(folder) ?? { running: undefined, next: undefined };
    this.turns.set(folder, turns);
    if (!turns.running) return this.begin(folder, turns);
    turns.next ??= turns.running.then(
      () => this.begin(folder, turns),
      () => this.begin(folder, turns),
    );
    return turns.next;
  }

  private begin(folder: string, turns: Turns): Promise<void> {
    turns.next = undefined;
    const running = this.folders.use(folder, ({ fd }) => fsync(fd));
    const end = () => {
      if (turns.running === running) turns.running = undefined;
      if (!turns.running && !turns.next) this.turns.delete(folder);
    };
    turns.running = running;
    running.then(end, end);
    return running;
  }
}
