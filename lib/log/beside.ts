import type { Item, Write } from '../store/index.ts';

/**
 * What others write in the same transaction of the store as an append: consumed offsets, a lease's check. All of it takes
 * effect, or nothing does.
 */
export interface Beside {
  /** Items that it touches, at most: a transaction has room for 100, which ledgers and the idempotency key share. */
  readonly itemsMax: number;
  /**
   * The writes; made anew for each try, from what is there by then. What it throws is the answer to the append.
   */
  writes(): Promise<readonly Write[]>;
  /**
   * Told of the writes whose conditions failed, with the items as they were, in the order of the writes. It returns for
   * another try, or throws what is the answer to the append.
   */
  refused?(failed: readonly ({ readonly item: Item | undefined } | undefined)[]): void;
}
