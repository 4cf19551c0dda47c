import type { Clock } from '../bytes/index.ts';
import { type MetaStore, StoreError } from '../store/index.ts';
import { takeProducerIds } from './producer-ids-item.ts';

/** Ids taken from the store at once. Source: Kafka's `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`. */
const BLOCK_IDS = 1_000;
/** Tries to take a block before the client is told to come again, and the pause between them. */
const TAKE_TRIES_MAX = 4;
const TAKE_PAUSE_MS = 50;

/**
 * Producer ids, each given once. A block is taken from the store with the first, and with every thousandth.
 *
 * @example
 * const producerId = await new ProducerIds({ items, clock }).next();
 */
export class ProducerIds {
  readonly #items: MetaStore;
  readonly #clock: Clock;
  #next = 0;
  #end = 0;
  /** The take under way: all who find the block used up wait for the same one. */
  #taking: Promise<void> | undefined;

  constructor({ items, clock }: { items: MetaStore; clock: Clock }) {
    this.#items = items;
    this.#clock = clock;
  }

  /** @throws StoreError */
  async next(): Promise<number> {
    while (this.#next === this.#end) {
      this.#taking ??= this.#take().finally(() => {
        this.#taking = undefined;
      });
      await this.#taking;
    }
    return this.#next++;
  }

  async #take(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        this.#next = await takeProducerIds(this.#items, BLOCK_IDS, this.#clock.nowMs());
        this.#end = this.#next + BLOCK_IDS;
        return;
      } catch (error) {
        // A block that was taken though the answer was lost is nobody's: the next one is as good.
        const { code } = error instanceof StoreError ? error : { code: undefined };
        const passing = code === 'store_unavailable' || code === 'store_unknown';
        if (!passing || tries === TAKE_TRIES_MAX) throw error;
        await this.#clock.sleep(TAKE_PAUSE_MS * tries);
      }
    }
  }
}
