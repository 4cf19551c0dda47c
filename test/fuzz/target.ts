import type { Random } from '../../lib/bytes/index.ts';

/**
 * What is fuzzed: something that takes bytes from outside, or from a store, and must make of any bytes either a value or a
 * clean error of its own domain. One file per target lies in `targets/`.
 */
export interface Target {
  readonly name: string;
  /**
   * What is right, or (where the name begins with `refused-`) refused, by names that say what it is: the mutations' beginning,
   * kept in the corpus. Made by our own encoders where there are any.
   */
  seeds(): Readonly<Record<string, Uint8Array>>;
  /** Further ones, too many to keep. */
  more?(): readonly Uint8Array[];
  /** Words that mean something here, put in where bytes are. */
  readonly words?: readonly string[];
  /**
   * A change that knows how the bytes are built, in place of changes of bytes: tried for half of all inputs. Undefined where
   * it cannot be made.
   */
  change?(bytes: Uint8Array, random: Random): Uint8Array | undefined;
  /** Makes lengths and sums right again after a mutation, so that what lies behind them is reached. */
  mend?(bytes: Uint8Array): Uint8Array;
  /**
   * Takes the bytes. What it throws must be clean. What it returns, where it returns something, are the bytes that its value
   * is encoded to: they must be taken, too, and encoded to the same. (The input may say the same in more bytes.)
   */
  take(bytes: Uint8Array): Uint8Array | undefined | Promise<undefined>;
  /** What is said against an input where nothing is thrown, or undefined; for seeds. */
  refusal?(bytes: Uint8Array): string | undefined | Promise<string | undefined>;
  /** Whether an error is the domain's own, with a code that says what was wrong with the input. */
  isClean(error: unknown): boolean;
}
