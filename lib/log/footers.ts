import type { ObjectStore } from '../store/index.ts';
import { FOOTER_ENTRIES_CACHED, FOOTER_READ_BYTES } from './limits.ts';
import { LogError, type ObjectRef, type PartitionRef } from './model.ts';
import { decodeFooter, type Footer, type FooterRun, objectKey } from './segment.ts';

interface Cached {
  runs: Promise<FooterRun[]>;
  /** Runs and batches: what it takes in memory; 0 until it is read. */
  entries: number;
}

/** Footers of segment objects, as last read, bounded by what they describe; least recently used first out. */
export class Footers {
  readonly #objects: ObjectStore;
  readonly #cached = new Map<string, Cached>();
  #entries = 0;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** @throws LogError `log_corrupt`; StoreError `object_missing` */
  of(object: ObjectRef): Promise<FooterRun[]> {
    const known = this.#cached.get(object.id);
    const footer = known ?? { runs: readFooter(this.#objects, object), entries: 0 };
    this.#cached.delete(object.id);
    this.#cached.set(object.id, footer);
    if (!known) {
      const kept = (runs: readonly FooterRun[]) => this.#count(footer, runs);
      footer.runs.then(kept, () => this.#cached.delete(object.id));
    }
    return footer.runs;
  }

  /** Takes note of an object's footer that was just written. */
  keep(object: ObjectRef, runs: FooterRun[]): void {
    if (this.#cached.has(object.id)) return;
    const footer: Cached = { runs: Promise.resolve(runs), entries: 0 };
    this.#cached.set(object.id, footer);
    this.#count(footer, runs);
  }

  #count(footer: Cached, runs: readonly FooterRun[]): void {
    footer.entries = runs.reduce((sum, run) => sum + 1 + run.batches.length, 0);
    this.#entries += footer.entries;
    for (const [id, oldest] of this.#cached) {
      if (this.#entries <= FOOTER_ENTRIES_CACHED || oldest === footer) return;
      if (oldest.entries === 0) continue; // still being read
      this.#cached.delete(id);
      this.#entries -= oldest.entries;
    }
  }

  /** What the footer says of the run of `partition` that begins at `position`. */
  async runAt(object: ObjectRef, partition: PartitionRef, position: number): Promise<FooterRun> {
    const runs = await this.of(object);
    const found = runs.find(
      (run) => run.position === position && run.partition === partition.partition && run.topicId === partition.topicId,
    );
    if (found) return found;
    const what = `byte ${position}, of partition ${partition.partition} of topic ${partition.topicId}`;
    throw new LogError('log_corrupt', `The footer of object ${object.id} does not know the run at ${what}.`);
  }
}

/** The runs of an object, as its footer describes them. */
export async function readFooter(objects: ObjectStore, object: ObjectRef): Promise<FooterRun[]> {
  return (await readWholeFooter(objects, object)).runs;
}

/** Reads a footer with one request for almost all objects, two for those with very many batches. */
export async function readWholeFooter(objects: ObjectStore, object: ObjectRef): Promise<Footer> {
  const key = objectKey(object);
  let footer = decodeFooter(await objects.get(key, -FOOTER_READ_BYTES), key);
  if ('needBytes' in footer) footer = decodeFooter(await objects.get(key, -footer.needBytes), key);
  if ('needBytes' in footer) throw new LogError('log_corrupt', `The footer of ${key} is longer than its object.`);
  return footer;
}
