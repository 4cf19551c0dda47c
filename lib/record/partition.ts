import type { Random } from '../bytes/index.ts';

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const ROTATION = 24;

/**
 * The partition where Kafka's Java producer puts a record of this key: murmur2 of the key's bytes, made positive,
 * modulo the number of partitions. Source: `org.apache.kafka.clients.producer.internals.BuiltInPartitioner`.
 *
 * @example
 * partitionForKey(Buffer.from('customer-17'), 12);
 */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** Austin Appleby's MurmurHash2 with Kafka's seed, as a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = SEED ^ length;
  const whole = length - (length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> ROTATION;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (whole < length) {
    for (let at = length - 1; at >= whole; at--) hash ^= bytes[at]! << ((at - whole) * 8);
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/**
 * Chooses partitions for records without a key: all go to one until its batch is sent, then to another chosen at
 * random (KIP-480), so that batches grow large and partitions still share the load.
 *
 * @example
 * const sticky = new StickyPartitioner(systemRandom);
 * sticky.current(12); // the same until
 * sticky.next(12); // a batch was sent
 */
export class StickyPartitioner {
  readonly #random: Random;
  #partition = -1;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The partition for the next record, of `partitions`. */
  current(partitions: number): number {
    return this.#partition >= 0 && this.#partition < partitions ? this.#partition : this.next(partitions);
  }

  /** Ends the batch: chooses another partition than the current one, where there is another, and returns it. */
  next(partitions: number): number {
    const before = this.#partition;
    if (partitions > 1 && before >= 0 && before < partitions) {
      const step = 1 + Math.floor(this.#random.next() * (partitions - 1));
      this.#partition = (before + step) % partitions;
    } else {
      this.#partition = Math.floor(this.#random.next() * partitions);
    }
    return this.#partition;
  }
}
