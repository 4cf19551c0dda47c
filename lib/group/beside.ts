import type { Beside } from '../log/index.ts';
import type { Check, Condition, Item, Write } from '../store/index.ts';
import { type Committer, fenceOf, guardLost } from './commits.ts';
import { GroupError } from './errors.ts';
import type { GroupParts } from './group-store.ts';
import { commitOffsets, type LedgerOffsets, latestTimeMs, offsetsKey, parseOffsetsItem } from './offsets-item.ts';
import { withRetries } from './retry.ts';
import { type OffsetsUpdate, requireRoom, sizeAfter } from './room.ts';

/** Offsets of a group that are to be committed together with events. */
export interface ConsumedOffsets {
  readonly group: string;
  readonly committer: Committer;
  readonly ledgers: readonly LedgerOffsets[];
  /**
   * By topic id and partition, `<topic id>/<partition>`: where what was consumed begins. Where the group has come further
   * already, somebody has done it before, and nothing is written.
   */
  readonly from: ReadonlyMap<string, number>;
}

/**
 * The writes that commit offsets of several groups in the same transaction as events: each group's committer is checked in
 * it, and so is where the group stands. What they throw, at any try: GroupError, as `Groups.commit`; `offsets_passed`,
 * `offsets_too_large`.
 */
export class ConsumedBeside implements Beside {
  readonly itemsMax: number;
  readonly #parts: GroupParts;
  readonly #consumed: readonly ConsumedOffsets[];

  constructor(parts: GroupParts, consumed: readonly ConsumedOffsets[]) {
    this.#parts = parts;
    this.#consumed = consumed;
    this.itemsMax = consumed.reduce((sum, { ledgers }) => sum + 1 + ledgers.length, 0);
  }

  get groups(): readonly string[] {
    return this.#consumed.map(({ group }) => group);
  }

  async writes(): Promise<readonly Write[]> {
    const all = await Promise.all(this.#consumed.map((one) => this.#writesOf(one)));
    requireRoom(all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    return all.flatMap(({ writes }) => writes);
  }

  /** A guard is the only check that no look at the group explains. */
  refused(failed: readonly ({ readonly item: Item | undefined } | undefined)[]): void {
    let at = 0;
    for (const { group, committer, ledgers } of this.#consumed) {
      if (failed[at] && committer !== 'anyone' && 'guard' in committer) throw guardLost(group);
      at += 1 + ledgers.length;
    }
  }

  async #writesOf({
    group,
    committer,
    ledgers,
    from,
  }: ConsumedOffsets): Promise<{ writes: Write[]; sizeBytes: number }> {
    const fence = await fenceOf(this.#parts, group, committer, ledgers);
    if (fence instanceof GroupError) throw fence;
    const keys = ledgers.map(({ topicId, ledger }) => offsetsKey(group, topicId, ledger));
    const items = await this.#parts.items.getMany(keys);
    const writes = ledgers.map((offsets, i) => this.#commit(group, offsets, items[i], from));
    const sizeBytes = writes.reduce((sum, write, i) => sum + sizeAfter(group, write, items[i]), 0);
    return { writes: [fence satisfies Check, ...writes], sizeBytes };
  }

  #commit(
    group: string,
    offsets: LedgerOffsets,
    item: Item | undefined,
    from: ReadonlyMap<string, number>,
  ): OffsetsUpdate {
    const { sk } = offsetsKey(group, offsets.topicId, offsets.ledger);
    const stored = item && parseOffsetsItem(sk, item);
    const standing: Condition[] = [];
    for (const [slot, { offset: wanted }] of offsets.slots) {
      const partition = offsets.firstPartition + slot;
      const first = from.get(`${offsets.topicId}/${partition}`);
      if (first === undefined) continue;
      const committed = stored?.slots.get(slot)?.offset;
      if (committed !== undefined && committed > first)
        throw passed(group, { topic: offsets.topic, partition, committed, wanted });
      const path = [`p${slot}`] as const;
      const notBeyond: Condition = { if: 'le', path: [...path, 'o'], value: first };
      standing.push({ if: 'any', of: [{ if: 'absent', path }, notBeyond] });
    }
    const latestMs = stored ? latestTimeMs(stored, offsets) : Number.NEGATIVE_INFINITY;
    const write = commitOffsets(group, offsets, Math.max(this.#parts.clock.nowMs(), latestMs + 1));
    return standing.length === 0 ? write : { ...write, when: { if: 'all', of: [write.when!, ...standing] } };
  }
}

/** The group has come further than where what was consumed begins. */
export class OffsetsPassed extends GroupError {
  readonly committed: number;
  /** What was to be committed. */
  readonly wanted: number;
  constructor(message: string, committed: number, wanted: number) {
    super('offsets_passed', message);
    this.committed = committed;
    this.wanted = wanted;
  }
}

function passed(
  group: string,
  { topic, partition, committed, wanted }: { topic: string; partition: number; committed: number; wanted: number },
): OffsetsPassed {
  const what = `Group "${group}" has come to offset ${committed} of ${topic}-${partition} already`;
  return new OffsetsPassed(
    `${what}: what lies before it was consumed by another commit. Go on from there.`,
    committed,
    wanted,
  );
}

/**
 * Commits offsets of several groups together, without events.
 * @throws GroupError as `Groups.consumed`; group_conflict
 */
export async function commitTogether(parts: GroupParts, beside: ConsumedBeside): Promise<void> {
  const groups = beside.groups.join(', ');
  await withRetries(parts, groups, async (uncertain) => {
    try {
      const answer = await parts.items.transact(await beside.writes());
      if (answer.applied) return LANDED;
      beside.refused(answer.failed);
      return undefined;
    } catch (error) {
      // Nobody passes a commit of one's own but oneself: an attempt whose answer was lost did land.
      const isPassed = error instanceof OffsetsPassed;
      if (uncertain && isPassed && error.committed === error.wanted) return LANDED;
      throw uncertain && error instanceof GroupError && !isPassed ? unsettled(groups, error) : error;
    }
  });
}

const LANDED = { landed: true };

/** Refused by now, which an attempt that was not answered may not have been; where its session is over by the clock alone, it may land yet. */
function unsettled(groups: string, cause: GroupError): GroupError {
  const message = `Offsets of ${groups} may or may not be stored by an attempt that was not answered; try again.`;
  return new GroupError('group_conflict', message, { cause });
}
