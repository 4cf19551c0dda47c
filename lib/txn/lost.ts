import type { Clock } from '../bytes/index.ts';
import type { Groups, WaitingOffsets } from '../group/index.ts';
import { transactionName } from '../log/index.ts';
import { TransactionError } from './errors.ts';
import { WRITTEN_MS } from './limits.ts';
import { openAmong } from './open-of-late.ts';
import type { TransactionStore } from './store.ts';

/*
 * Offsets of a group that wait for a transaction whose item is gone: after a restore of part of the items, say. Nobody can
 * end it, and the group could neither tell where it stands nor be deleted. They are dropped as its abort would have done.
 *
 * That nobody has the transaction is certain: its item says that it is open from the write on that lets the offsets wait, the
 * same one, to that after which none waits. So whoever reads offsets first, and all transactional ids then, finds it, unless
 * one of these is lost. What is read is strongly consistent; only a write that is just under way may be seen in one item and
 * not in another: hence the second look. And the drop fails where the offsets are not those that were read.
 */

export interface LostOffsetsParts {
  readonly store: Pick<TransactionStore, 'all'>;
  readonly groups: Pick<Groups, 'pending'>;
  readonly clock: Clock;
}

export interface DropOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of what was dropped, and of what could not be looked at; that is tried again the next time. */
  readonly onNotice: (notice: unknown, doing: string) => void;
}

export class LostOffsets {
  readonly #parts: LostOffsetsParts;

  constructor(parts: LostOffsetsParts) {
    this.#parts = parts;
  }

  /**
   * Drops what waits for a transaction that no transactional id has. Nothing, while the item of any id cannot be read, which
   * sweeps and `verify` tell: the transaction may be its own, and decided to commit. May run anywhere, and be cut short.
   *
   * Units: `allWaiting`; 16 queries where anything waits, and as many again, some seconds later, where it seems to be lost.
   */
  async drop({ signal, onNotice }: DropOptions): Promise<void> {
    const { groups, clock } = this.#parts;
    const doing = 'looking for offsets that wait for lost transactions';
    try {
      const failed = (error: unknown, group: string) => onNotice(error, `${doing} in group ${group}`);
      let lost: WaitingOffsets[] = [];
      for await (const one of groups.pending.all(failed)) lost.push(one);
      lost = await this.#unknown(lost);
      if (lost.length === 0) return;
      await clock.sleep(WRITTEN_MS, signal);
      for (const one of await this.#unknown(lost)) {
        if (await groups.pending.drop(one)) onNotice(dropped(one), doing);
      }
    } catch (error) {
      if (!signal?.aborted) onNotice(error, doing);
    }
  }

  /** Those among them whose transaction is open under no transactional id; none where that is not certain. */
  async #unknown(waiting: readonly WaitingOffsets[]): Promise<WaitingOffsets[]> {
    if (waiting.length === 0) return [];
    let isCertain = true;
    const open = await openAmong(
      this.#parts.store.all(() => {
        isCertain = false;
      }),
    );
    const names = new Set(open.map(transactionName));
    return isCertain ? waiting.filter(({ transaction }) => !names.has(transactionName(transaction))) : [];
  }
}

function dropped({ group, topic, transaction: { producerId, epoch } }: WaitingOffsets): TransactionError {
  const message = `Offsets of group "${group}" for topic "${topic}" waited for a transaction that no transactional id has (producer ${producerId}, epoch ${epoch}), as after damage; they were dropped. Who consumes goes on from what was committed before.`;
  return new TransactionError('transaction_unknown', message);
}
