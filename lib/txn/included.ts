import { INCLUDED_MAX } from './limits.ts';
import type { Actor } from './requirements.ts';

/**
 * Partitions that are known to be in transactions which have an epoch each: what is in one stays in it until its epoch is
 * over, so what is remembered is never wrong of a transaction that has not ended. The oldest transactions are forgotten
 * first, at `INCLUDED_MAX` partitions.
 */
export class Included {
  readonly #partitions = new Map<string, Set<string>>();
  #count = 0;

  has(actor: Actor, partition: string): boolean {
    return this.#partitions.get(nameOf(actor))?.has(partition) ?? false;
  }

  add(actor: Actor, partitions: readonly string[]): void {
    const name = nameOf(actor);
    const known = this.#partitions.get(name) ?? new Set();
    this.#count -= known.size;
    for (const one of partitions) known.add(one);
    this.#partitions.set(name, known);
    this.#count += known.size;
    for (const oldest of this.#partitions.keys()) {
      if (this.#count <= INCLUDED_MAX) return;
      this.#forget(oldest);
    }
  }

  /** The transaction has ended. */
  over(actor: Actor): void {
    this.#forget(nameOf(actor));
  }

  #forget(name: string): void {
    this.#count -= this.#partitions.get(name)?.size ?? 0;
    this.#partitions.delete(name);
  }
}

function nameOf({ id, producerId, epoch }: Actor): string {
  return `${producerId}.${epoch}.${id}`;
}
