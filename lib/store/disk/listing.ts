import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './failures.ts';

/** Ends the names of objects' files, so that a key may also be the beginning of other keys: `a` beside `a/b`. */
const OBJECT_SUFFIX = '+';

/** Where an object's file is, below the folder of objects. */
export function objectFile(root: string, key: string): string {
  return join(root, key + OBJECT_SUFFIX);
}

/**
 * Keys with `prefix` after `after` in order, folder by folder: a folder is read when the walk comes to it, and not at
 * all where none of its keys can be wanted.
 */
export async function* keysOf(root: string, prefix: string, after: string): AsyncGenerator<string> {
  yield* walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix, after);
}

async function* walk(root: string, folder: string, prefix: string, after: string): AsyncGenerator<string> {
  const names: string[] = [];
  for (const name of await entriesOf(join(root, folder))) {
    const full = folder + name;
    if (name.endsWith('/')) {
      const wanted = full.startsWith(prefix) || prefix.startsWith(full);
      if (wanted && (full > after || after.startsWith(full))) names.push(name);
    } else if (full.startsWith(prefix) && full > after) {
      names.push(name);
    }
  }
  for (const name of names.sort()) {
    if (name.endsWith('/')) yield* walk(root, folder + name, prefix, after);
    else yield folder + name;
  }
}

/** Keys' last parts, and folders with a `/` behind, so that both sort as the keys do. Keys are ASCII. */
async function entriesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) =>
      entry.isDirectory() ? `${entry.name}/` : entry.name.slice(0, -OBJECT_SUFFIX.length),
    );
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
