import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Random } from '../../../lib/bytes/index.ts';

/** What a disk writes whole or not at all, as far as we rely on it. */
const SECTOR_BYTES = 4096;

/** Bytes at a position, or a cut at one. */
interface FileChange {
  readonly position: number;
  /** Undefined: the file ends at the position. */
  readonly bytes: Uint8Array | undefined;
  /** Whether the call has returned: a sync that begins later covers it. */
  done: boolean;
  durable: boolean;
}

/** Names that come, or go (undefined), all at once. */
interface FolderChange {
  readonly names: readonly (readonly [string, Node | undefined])[];
  readonly done: true;
  durable: boolean;
}

export interface FileNode {
  readonly is: 'file';
  readonly changes: FileChange[];
}

export interface FolderNode {
  readonly is: 'folder';
  /** As processes see it. */
  readonly names: Map<string, Node>;
  readonly changes: FolderChange[];
}

export type Node = FileNode | FolderNode;

/**
 * A disk below a write-back cache: of everything that was changed, it says what is certain to be there after the power went.
 * That is what POSIX promises: bytes of a file from its own sync on (or from the write, under O_DSYNC), a name from the sync of
 * its folder on, and nothing else. File systems that promise more (ext4 orders much of it) are thus not relied upon.
 */
export class Disk {
  readonly #path: string;
  readonly #root: FolderNode = folderNode();

  /** `path` is there, empty and durable. */
  constructor(path: string) {
    this.#path = path;
  }

  /** What is at the path; undefined where nothing is, or where it lies elsewhere. */
  at(path: string): Node | undefined {
    const below = relative(this.#path, path);
    if (below === '') return this.#root;
    if (below.startsWith('..')) return undefined;
    let node: Node | undefined = this.#root;
    for (const name of below.split(sep)) node = node?.is === 'folder' ? node.names.get(name) : undefined;
    return node;
  }

  /** The names in the order given; those of nodes that are undefined go. All must be in one folder. */
  name(...named: readonly (readonly [path: string, node: Node | undefined])[]): void {
    const folder = this.at(dirname(named[0]![0]));
    if (folder?.is !== 'folder') return;
    const names = named.map(([path, node]) => [basename(path), node] as const);
    for (const [name, node] of names) {
      if (node) folder.names.set(name, node);
      else folder.names.delete(name);
    }
    folder.changes.push({ names, done: true, durable: false });
  }

  /** What was left at the power cut, written below `into`: of what no sync covered each part stays by the given chance. */
  leave(into: string, random: Random, chance: number): void {
    const stays = ({ durable }: { durable: boolean }) => durable || random.next() < chance;
    const write = (node: Node, path: string): void => {
      if (node.is === 'file') {
        writeFileSync(path, contentOf(node, stays));
        return;
      }
      mkdirSync(path);
      for (const [name, child] of namesOf(node, stays)) write(child, join(path, name));
    };
    write(this.#root, into);
  }
}

export function fileNode(): FileNode {
  return { is: 'file', changes: [] };
}

export function folderNode(): FolderNode {
  return { is: 'folder', names: new Map(), changes: [] };
}

/** Notes a change that is under way. Bytes are copied: the memory is used again. */
export function change(file: FileNode, position: number, bytes?: Uint8Array): FileChange {
  const made: FileChange = { position, bytes: bytes && Uint8Array.from(bytes), done: false, durable: false };
  file.changes.push(made);
  return made;
}

/** A sync that begins now; what is returned is called when it has ended. */
export function syncOf(node: Node): () => void {
  const covered = [...node.changes].filter(({ done }) => done);
  return () => {
    for (const one of covered) one.durable = true;
  };
}

type Stays = (change: { durable: boolean }) => boolean;

function namesOf(folder: FolderNode, stays: Stays): Map<string, Node> {
  const left = new Map<string, Node>();
  for (const one of folder.changes) {
    if (!stays(one)) continue;
    for (const [name, node] of one.names) {
      if (node) left.set(name, node);
      else left.delete(name);
    }
  }
  return left;
}

/** Of a write that no sync covered any sectors may be there; where later ones are, what is missing before them is zeros. */
function contentOf(file: FileNode, stays: Stays): Uint8Array {
  const most = Math.max(0, ...file.changes.map(({ position, bytes }) => position + (bytes?.length ?? 0)));
  const left = new Uint8Array(most);
  let size = 0;
  for (const one of file.changes) {
    const { position, bytes } = one;
    if (!bytes) {
      if (!stays(one)) continue;
      left.fill(0, position);
      size = position;
      continue;
    }
    for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
      if (!stays(one)) continue;
      const sector = bytes.subarray(at, at + SECTOR_BYTES);
      left.set(sector, position + at);
      size = Math.max(size, position + at + sector.length);
    }
  }
  return left.subarray(0, size);
}
