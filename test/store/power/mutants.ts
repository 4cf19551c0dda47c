import type { Mutant } from '../../sim/mutants/mutant.ts';

/** One thing made wrong in the disk store, which a power cut has to show. */
export interface DiskMutant extends Mutant {
  /** What it shows by: a mutant that breaks the store in another way shows nothing. */
  readonly sign: RegExp;
  /** Shows only on a file system that refuses `O_DIRECT`. */
  readonly cached?: true;
  /** Shows only in a folder that a process left that was killed. */
  readonly killed?: true;
}

const FOLDER = 'lib/store/disk';

export const DISK_MUTANTS: readonly DiskMutant[] = [
  {
    name: 'large-objects-are-not-synced',
    why: 'The bytes of a file are still in the cache when its put resolves.',
    sign: /^Object large.* damaged/,
    file: `${FOLDER}/file-writer.ts`,
    text: 'await ftruncate(fd, sizeBytes);\n        await fdatasync(fd);',
    replacement: 'await ftruncate(fd, sizeBytes);',
  },
  {
    name: 'large-objects-through-the-cache-are-not-synced',
    why: 'As above, where the file system refuses to be written past its cache.',
    sign: /^Object large.* damaged/,
    file: `${FOLDER}/file-writer.ts`,
    text: 'await writeAll(fd, parts);\n      await fdatasync(fd);',
    replacement: 'await writeAll(fd, parts);',
    cached: true,
  },
  {
    name: 'large-objects-are-answered-before-their-sync',
    why: 'The sync is begun, and nobody waits for it.',
    sign: /^Object large.* damaged/,
    file: `${FOLDER}/file-writer.ts`,
    text: 'await ftruncate(fd, sizeBytes);\n        await fdatasync(fd);',
    replacement: 'await ftruncate(fd, sizeBytes);\n        void fdatasync(fd);',
  },
  {
    name: 'names-are-not-synced',
    why: 'A whole file that no folder names.',
    sign: /^Object large.* lost/,
    file: `${FOLDER}/object-files.ts`,
    text: 'try {\n      await this.sync(dirname(path));',
    replacement: 'try {',
  },
  {
    name: 'names-of-folders-are-not-synced',
    why: 'A whole file, named by a folder that no folder names.',
    sign: /^Object large.* lost/,
    file: `${FOLDER}/object-files.ts`,
    text: '    }\n    await this.sync(dirname(path));',
    replacement: '    }',
  },
  {
    name: 'volumes-are-not-synced',
    why: 'The bytes of a volume are still in the cache when a put resolves.',
    sign: /^Object small.* lost/,
    file: `${FOLDER}/block-file.ts`,
    text: 'O_RDWR | (O_DSYNC ?? 0) | flags',
    replacement: 'O_RDWR | flags',
  },
  {
    name: 'names-of-volumes-are-not-synced',
    why: 'All objects of a volume go with its name.',
    sign: /^Object small.* lost/,
    file: `${FOLDER}/volumes/pool.ts`,
    text: 'await this.#options.sync();',
    replacement: '',
  },
  {
    name: 'volumes-are-answered-before-their-sync',
    why: 'A put resolves while its write is under way.',
    sign: /^Object small.* lost/,
    file: `${FOLDER}/volumes/writer.ts`,
    text: 'await volume.append(group.bytes.subarray(0, group.filled), placed);',
    replacement:
      'group.written.resolve({ volume, block });\n      await volume.append(group.bytes.subarray(0, group.filled), placed);',
  },
  {
    name: 'folders-above-are-not-synced',
    why: 'A data folder that is made together with the one above it goes with the name of that.',
    sign: /^Item .* lost/,
    file: `${FOLDER}/folders.ts`,
    text: 'for (const each of absent) if (makeFolder(each, mode)) syncFolder(dirname(each));',
    replacement: 'for (const each of absent) makeFolder(each, mode);\n  syncFolder(dirname(folder));',
  },
  {
    name: 'folders-of-the-killed-are-not-synced',
    why: 'A process was killed between making names and syncing them; the next one takes them for durable.',
    sign: /cannot be opened/,
    file: `${FOLDER}/items.ts`,
    text: 'markUnclean(path);',
    replacement: '',
    killed: true,
  },
  {
    name: 'volumes-of-the-killed-are-not-synced',
    why: 'As above, of a volume: it is empty, and is written over.',
    sign: /^Object small.* lost/,
    file: `${FOLDER}/data-folder.ts`,
    text: '      syncFolder(parts.volumes);',
    replacement: '',
    killed: true,
  },
  {
    name: 'the-format-is-not-synced',
    why: 'The folder is refused, or taken for damaged, with all that is in it.',
    sign: /cannot be opened/,
    file: `${FOLDER}/data-folder.ts`,
    text: ', { flush: true }',
    replacement: '',
  },
  {
    name: 'items-are-answered-before-the-commit',
    why: 'A write resolves that nobody will find.',
    sign: /^Item .* lost/,
    file: `${FOLDER}/items-worker.ts`,
    text: 'this.table.commit();\n      return answers;',
    replacement: 'this.post({ answers });\n      this.table.commit();\n      return [];',
  },
  {
    name: 'items-are-not-synced',
    why: 'A commit is in the write-ahead log, and the log in the cache.',
    sign: /^SQLite runs with wal 0$/,
    file: `${FOLDER}/items-table.ts`,
    text: 'PRAGMA synchronous = FULL;',
    replacement: 'PRAGMA synchronous = OFF;',
  },
  {
    name: 'items-are-synced-at-checkpoints-alone',
    why: 'Nothing is damaged, but the latest commits are gone: what NORMAL means with a write-ahead log.',
    sign: /^SQLite runs with wal 1$/,
    file: `${FOLDER}/items-table.ts`,
    text: 'PRAGMA synchronous = FULL;',
    replacement: 'PRAGMA synchronous = NORMAL;',
  },
];
