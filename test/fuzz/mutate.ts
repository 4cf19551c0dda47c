import type { Random } from '../../lib/bytes/index.ts';

/** Inputs do not grow beyond this: what is slow or large beyond it is bounded by limits of its own. */
export const INPUT_BYTES_MAX = 64 * 1024;
const CHANGES_MAX = 6;

/** Numbers around which lengths, counts, offsets and times change their kind, as the notations of this code base have them. */
const ODD = [
  ...['00', '01', '7f', '80', 'ff', '7fff', '8000', 'ffff', '7fffffff', '80000000', 'ffffffff'],
  ...['7fffffffffffffff', '8000000000000000', 'ffffffffffffffff', '001fffffffffffff', '0020000000000000'],
  // Varints: 128, 2^31 - 1, 2^32 - 1, 2^32, 2^53 - 1, 2^53, 2^64 - 1, one that never ends, zigzag's extremes.
  ...['8001', 'ffffffff07', 'ffffffff0f', '8080808010', 'ffffffffffffff0f', '8080808080808010'],
  ...['ffffffffffffffffff01', 'ffffffffffffffffffffff', 'feffffffffffff1f', 'ffffffffffffff1f'],
].map((hex) => Buffer.from(hex, 'hex'));

type Mutation = (bytes: Buffer, random: Random, from: readonly Uint8Array[], words: readonly Buffer[]) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // One bit.
  (bytes, random) => {
    if (bytes.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    const at = below(random, bytes.length);
    changed[at]! ^= 1 << below(random, 8);
    return changed;
  },
  // A number of the odd kind, over what is there or between.
  (bytes, random) => put(bytes, random, ODD[below(random, ODD.length)]!),
  // A little more or less, where a length or a count may be.
  (bytes, random) => {
    if (bytes.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    const at = below(random, bytes.length);
    changed[at] = changed[at]! + below(random, 9) - 4;
    return changed;
  },
  // A stretch cut out.
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  // A stretch once more, there or elsewhere.
  (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    const at = below(random, bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]);
  },
  // The end cut off.
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  // The end of another input.
  (bytes, random, from) => {
    const other = from[below(random, from.length)] ?? bytes;
    const at = below(random, bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(below(random, other.length + 1))]);
  },
  // A word.
  (bytes, random, _, words) => (words.length === 0 ? bytes : put(bytes, random, words[below(random, words.length)]!)),
  // Noise.
  (bytes, random) => put(bytes, random, Buffer.from(random.fill(new Uint8Array(1 + below(random, 8))))),
];

/**
 * One of the inputs, changed in one to six ways; the same for the same state of `random`.
 *
 * @example
 * mutate([Buffer.from('{"a":1}')], seededRandom(7), []);
 */
export function mutate(inputs: readonly Uint8Array[], random: Random, words: readonly Buffer[]): Uint8Array {
  let bytes = Buffer.from(inputs[below(random, inputs.length)]!);
  for (let left = 1 + below(random, CHANGES_MAX); left > 0; left--) {
    bytes = MUTATIONS[below(random, MUTATIONS.length)]!(bytes, random, inputs, words) as typeof bytes;
  }
  return new Uint8Array(bytes.subarray(0, INPUT_BYTES_MAX));
}

export function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}

function put(bytes: Buffer, random: Random, what: Uint8Array): Buffer {
  const at = below(random, bytes.length + 1);
  const over = random.next() < 0.5 ? what.length : 0;
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(Math.min(bytes.length, at + over))]);
}

/** Short ones mostly. */
function stretch(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = below(random, bytes.length + 1);
  const most = random.next() < 0.8 ? 16 : bytes.length;
  return [from, Math.min(bytes.length, from + 1 + below(random, most))];
}
