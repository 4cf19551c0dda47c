/**
 * Values by object key, listed in the order of keys. Keys are ASCII. A million take some 150 MB.
 *
 * Keys lie by folder, since those of segment objects come in order within each of theirs: their lists need no sorting.
 */
export class KeyIndex<Value> {
  readonly #folders = new Map<string, Folder<Value>>();

  get(key: string): Value | undefined {
    return this.#folders.get(folderOf(key))?.values.get(key);
  }

  set(key: string, value: Value): void {
    const name = folderOf(key);
    let folder = this.#folders.get(name);
    if (!folder) {
      folder = { values: new Map(), keys: [], isStale: false };
      this.#folders.set(name, folder);
    }
    if (!folder.values.has(key)) noteKey(folder, key);
    folder.values.set(key, value);
  }

  delete(key: string): void {
    const name = folderOf(key);
    const folder = this.#folders.get(name);
    if (!folder?.values.delete(key)) return;
    if (folder.values.size === 0) this.#folders.delete(name);
    else if (folder.keys.length > 2 * folder.values.size) forgetOrder(folder);
  }

  /** Up to `most` keys with `prefix` that come after `after`, in order, with their values. */
  list(prefix: string, after: string, most: number): [string, Value][] {
    const found: [string, Value][] = [];
    for (const [name, folder] of this.#folders) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) found.push(...listFolder(folder, prefix, after, most));
    }
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, most);
  }
}

interface Folder<Value> {
  readonly values: Map<string, Value>;
  /** In order, those that were deleted since among them; to be made anew where `isStale`. */
  keys: string[];
  isStale: boolean;
}

function noteKey(folder: Folder<unknown>, key: string): void {
  if (folder.isStale) return;
  const last = folder.keys.at(-1);
  if (last === undefined || last < key) folder.keys.push(key);
  else forgetOrder(folder);
}

/** The next list makes it anew. */
function forgetOrder(folder: Folder<unknown>): void {
  folder.keys = [];
  folder.isStale = true;
}

function listFolder<Value>(folder: Folder<Value>, prefix: string, after: string, most: number): [string, Value][] {
  if (folder.isStale) {
    folder.keys = [...folder.values.keys()].sort();
    folder.isStale = false;
  }
  const found: [string, Value][] = [];
  const from = firstFrom(folder.keys, prefix > after ? prefix : after);
  for (let at = from; at < folder.keys.length && found.length < most; at++) {
    const key = folder.keys[at]!;
    if (!key.startsWith(prefix)) break;
    const value = folder.values.get(key);
    if (value !== undefined && key > after) found.push([key, value]);
  }
  return found;
}

/** How many keys come before `key`. */
function firstFrom(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** With its slash; '' for keys that have none. */
function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}
