import { type KnownTransaction, type PartitionOffsets, type TransactionRef, transactionName } from '../log/index.ts';
import type { HttpContext, HttpPolicy } from './context.ts';
import type { HttpServices } from './services.ts';

/** How far readers of what is committed get, and at whose transaction they stop. */
type Stable = Pick<PartitionOffsets, 'lastStableOffset'> & { readonly heldBy?: TransactionRef | undefined };

/** Beyond REST Proxy: what partitions show of the last stable offset. */
interface StableFields {
  readonly last_stable_offset: number;
  /** Where that is not the end. The id and the time are null where nobody knows, or the asker may not see the id. */
  readonly held_by?: {
    readonly producer_id: number;
    readonly producer_epoch: number;
    readonly transactional_id: string | null;
    readonly since: string | null;
  };
}

const NONE: readonly KnownTransaction[] = [];

/**
 * What is shown of each of these partitions. Only where transactions hold any of them back, their ids are looked up:
 * among those in use of late, at most once a second.
 */
export async function stableFields(
  c: HttpContext,
  { transactions }: Pick<HttpServices, 'transactions'>,
  { access }: Pick<HttpPolicy, 'access'>,
  partitions: readonly Stable[],
): Promise<(one: Stable) => StableFields> {
  const open = partitions.some(({ heldBy }) => heldBy) ? await transactions.openOfLate.list() : NONE;
  const seen = await access.visible(c, 'TRANSACTIONAL_ID', open, ({ name }) => name);
  const known = new Map(seen.map((one) => [transactionName(one), one]));
  return ({ lastStableOffset, heldBy }) => {
    if (!heldBy) return { last_stable_offset: lastStableOffset };
    const holder = known.get(transactionName(heldBy));
    return {
      last_stable_offset: lastStableOffset,
      held_by: {
        producer_id: heldBy.producerId,
        producer_epoch: heldBy.epoch,
        transactional_id: holder?.name ?? null,
        since: holder ? new Date(holder.begunMs).toISOString() : null,
      },
    };
  };
}
