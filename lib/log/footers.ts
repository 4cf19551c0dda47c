import type { ObjectStore } from '../store/index.ts';
import { FOOTER_READ_BYTES, FOOTERS_CACHED } from './limits.ts';
import { LogError, type ObjectRef, type PartitionRef } from './model.ts';
import { decodeFooter, type FooterRun, objectKey } from './segment.ts';

/** Footers of segment objects, as last read; the last few hundred are kept. */
export class Footers {
  readonly #objects: ObjectStore;
  readonly #cached = new Map<string, Promise<FooterRun[]>>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** @throws LogError `log_corrupt`; StoreError `object_missing` */
  of(object: ObjectRef): Promise<FooterRun[]> {
    const known = this.#cached.get(object.id);
    if (known) return known;
    const read = readFooter(this.#objects, object);
    this.#cached.set(object.id, read);
    read.catch(() => this.#cached.delete(object.id));
    if (this.#cached.size > FOOTERS_CACHED) this.#cached.delete(this.#cached.keys().next().value!);
    return read;
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

/** Reads a footer with one request for almost all objects, two for those with very many batches. */
export async function readFooter(objects: ObjectStore, object: ObjectRef): Promise<FooterRun[]> {
  const key = objectKey(object);
  let footer = decodeFooter(await objects.get(key, -FOOTER_READ_BYTES), key);
  if ('needBytes' in footer) footer = decodeFooter(await objects.get(key, -footer.needBytes), key);
  if ('needBytes' in footer) throw new LogError('log_corrupt', `The footer of ${key} is longer than its object.`);
  return footer;
}
