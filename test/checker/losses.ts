import { type Evidence, type Fate, fateOf, type Known, type Look, visibleFrom } from './evidence.ts';
import type { Anomaly, Finding } from './finding.ts';
import { type Isolation, NEVER, type Operation, type PartitionName, type Read, type Trim } from './history.ts';
import { type CheckOptions, topicOf } from './options.ts';

/** When a look ended: in the order of all moments, and by the clock. */
interface Moment {
  readonly ended: number;
  readonly endedMs?: number;
}

/** What must be shown by looks at a partition, and the question whether one may leave a record out. */
export class Expected {
  readonly #evidence: Evidence;
  readonly #options: CheckOptions;
  /** By partition and key, the highest offset that any record of it has: what compaction keeps. */
  readonly #newest = new Map<string, number>();
  readonly #trims: ReadonlyMap<PartitionName, readonly Operation<Trim>[]>;
  /** Keys that a tombstone may have deleted which is gone, or nobody knows where it was. */
  readonly #deletable = new Set<string>();

  constructor(evidence: Evidence, options: CheckOptions) {
    this.#evidence = evidence;
    this.#options = options;
    const trims = evidence.history.operations.filter((one) => one.kind === 'trim' && one.outcome !== 'fail');
    this.#trims = Map.groupBy(trims as Operation<Trim>[], ({ partition }) => partition);
    for (const [partition, all] of evidence.partitions) {
      for (const known of all) {
        if (this.visibleFrom(known, 'committed') < NEVER) this.#supersede(partition, known, known.offset!);
      }
    }
    for (const known of evidence.values.values()) {
      if (known.tombstone && this.#mayHide(known)) this.#deletable.add(keyOf(known.partition ?? '', known));
    }
    // A send that was repeated may be there again, above what came between.
    evidence.sightings(({ look, partition, known, offset }) => {
      if (look.isolation === 'committed') this.#supersede(partition, known, offset);
    });
  }

  #supersede(partition: PartitionName, known: Known, offset: number): void {
    if (!this.#options.compacted?.has(topicOf(partition))) return;
    const key = keyOf(partition, known);
    this.#newest.set(key, Math.max(offset, this.#newest.get(key) ?? -1));
  }

  /** Whether a tombstone may have deleted more than the history shows. */
  #mayHide(known: Known): boolean {
    if (known.send!.outcome === 'fail' || fateOf(this.#evidence, known)?.outcome === 'aborted') return false;
    const isPlaced = known.offset !== undefined && this.visibleFrom(known, 'committed') < NEVER;
    return !isPlaced || known.send!.mayRepeat === true;
  }

  visibleFrom(known: Known, isolation: Isolation): number {
    return visibleFrom(this.#evidence, known, isolation);
  }

  /**
   * Whether a look that ended then may not go past it; retention and compaction may have taken it otherwise. Where nobody
   * knows its offset, any other record of its key may be the later one.
   */
  mustShow(partition: PartitionName, known: Known, isolation: Isolation, by: Moment): boolean {
    if (this.visibleFrom(known, isolation) === NEVER) return false;
    const topic = topicOf(partition);
    const keptMs = this.#options.expiring?.get(topic);
    if (this.#isTrimmed(partition, known, by)) return false;
    // It may have stood before all that was looked at, and be gone since.
    if (!isPlaced(known) && (keptMs !== undefined || this.#trims.has(partition))) return false;
    if (keptMs !== undefined && (by.endedMs ?? NEVER) - known.send!.atMs >= keptMs) return false;
    if (!this.#options.compacted?.has(topic)) return true;
    // Of a key that is deleted, nothing need be left.
    const key = keyOf(partition, known);
    return this.#newest.get(key) === known.offset && !known.tombstone && !this.#deletable.has(key);
  }

  /** Whether it may have been deleted by then. */
  #isTrimmed(partition: PartitionName, { offset = -1 }: Known, { ended }: Moment): boolean {
    const trims = this.#trims.get(partition) ?? [];
    return trims.some(({ invoked, before }) => invoked < ended && offset < before);
  }

  /** Records with `after < offset < before` that a look must show that ended then. */
  *between(
    partition: PartitionName,
    after: number,
    before: number,
    isolation: Isolation,
    by: Moment,
  ): Generator<Known> {
    if (before - after <= 1) return;
    const all = this.#evidence.partitions.get(partition) ?? [];
    for (let i = firstAbove(all, after); i < all.length && all[i]!.offset! < before; i++) {
      if (this.mustShow(partition, all[i]!, isolation, by)) yield all[i]!;
    }
  }
}

/** Whether the history tells where it was first. A repeated send that was not told may have been seen where it stands again. */
function isPlaced({ offset, send, index }: Known): boolean {
  return offset !== undefined && (!send?.mayRepeat || send.records[index]!.offset !== undefined);
}

/** What a compacted partition keeps one record of: without a key, each. */
export function keyOf(partition: PartitionName, { key, offset }: Known): string {
  return JSON.stringify(key === undefined ? [partition, offset] : [partition, key]);
}

/** The index of the first one with a larger offset. */
export function firstAbove(all: readonly Known[], offset: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]!.offset! > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** That a look leaves out what it must show: by the name that fits best. `otherwise`: where others did see it. */
export function missing(evidence: Evidence, known: Known, look: Look, otherwise: Anomaly): Finding {
  const { value, partition, offset, send, lastLook } = known;
  const fate = fateOf(evidence, known);
  const sibling = fate && !known.firstCommittedLook ? seenOf(evidence, fate) : undefined;
  const seenSince = lastLook !== undefined && (look.kind === 'poll' || lastLook.ended > look.invoked);
  const beyond = look.kind === 'read' && (offset === undefined || offset >= look.to);
  const anomaly = sibling ? 'torn-transaction' : seenSince ? otherwise : beyond ? 'unseen' : 'lost-write';
  const where = `${value} at ${partition}@${offset ?? '?'}`;
  const says = sibling
    ? `${where} is not there, ${sibling.value} of the same transaction is`
    : `${where} is not in what ${look.process} ${look.kind === 'read' ? `read of ${look.from} to ${look.to}` : 'polled'}`;
  const others = [send, ...(fate?.ends ?? []), sibling?.firstCommittedLook, lastLook, look];
  return { anomaly, says, operations: others.flatMap((one) => (one ? [one.id] : [])) };
}

function seenOf({ values }: Evidence, fate: Fate): Known | undefined {
  const all = fate.sends.flatMap(({ records }) => records.map(({ value }) => values.get(value)!));
  return all.find(({ firstCommittedLook }) => firstCommittedLook !== undefined);
}

/** What is missing, each record once: of one look, the first tells of all. */
class Missing {
  readonly #evidence: Evidence;
  readonly #reported = new Set<string>();
  readonly #byLook = new Map<string, { finding: Finding; more: number }>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  add(known: Known, look: Look, otherwise: Anomaly): void {
    const finding = missing(this.#evidence, known, look, otherwise);
    const name = `${finding.anomaly} ${known.value}`;
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    const first = this.#byLook.get(`${finding.anomaly} ${look.id}`);
    if (first) first.more++;
    else this.#byLook.set(`${finding.anomaly} ${look.id}`, { finding, more: 0 });
  }

  findings(): Finding[] {
    const all = [...this.#byLook.values()];
    return all.map(({ finding, more }) =>
      more === 0 ? finding : { ...finding, says: `${finding.says}; nor ${more} more` },
    );
  }
}

/** Acknowledged records that reads do not show, and those below what was seen that nobody ever saw. */
export function checkLosses(evidence: Evidence, expected: Expected): Finding[] {
  const found = new Missing(evidence);
  const horizons = new Horizons(evidence, expected);
  const reads = evidence.history.operations.filter((one) => one.kind === 'read' && one.outcome === 'ok');
  for (const read of reads as Operation<Read>[]) {
    const shown = new Set(read.records.map(([, value]) => value));
    for (const known of expected.between(
      read.partition,
      read.isStart ? -1 : read.from - 1,
      read.to,
      read.isolation,
      read,
    )) {
      if (!shown.has(known.value)) found.add(known, read, 'int-poll-skip');
    }
    for (const known of horizons.beyond(read)) if (!shown.has(known.value)) found.add(known, read, 'stale-read');
  }
  for (const { partition, offset, look } of highestSeen(evidence)) {
    for (const known of expected.between(partition, -1, offset, look.isolation, look)) {
      const decided = look.isolation === 'committed' || known.send?.txn === undefined;
      if (!known.firstLook && decided) found.add(known, look, 'lost-write');
    }
  }
  return found.findings();
}

/** By partition and isolation. */
function highestSeen({ sightings }: Evidence): Iterable<{ partition: PartitionName; offset: number; look: Look }> {
  const highest = new Map<string, { partition: PartitionName; offset: number; look: Look }>();
  sightings(({ look, partition, offset }) => {
    const name = `${partition} ${look.isolation}`;
    if (offset > (highest.get(name)?.offset ?? -1)) highest.set(name, { partition, offset, look });
  });
  return highest.values();
}

/** Answers which records a read should have shown although they are not below the end that it was told. */
class Horizons {
  readonly #evidence: Evidence;
  readonly #expected: Expected;
  /** By partition and isolation: the least `visibleFrom` of the value at each index and all above. */
  readonly #visible = new Map<string, number[]>();
  /** By partition: transactions that wrote there bit by bit, by their beginning, with the latest end of all until then. */
  readonly #open = new Map<PartitionName, { from: number; until: number }[]>();
  /** Acknowledged without an offset. */
  readonly #homeless = new Map<PartitionName, Known[]>();

  constructor(evidence: Evidence, expected: Expected) {
    this.#evidence = evidence;
    this.#expected = expected;
    for (const known of evidence.values.values()) {
      if (known.partition === undefined || known.offset !== undefined || known.send?.outcome !== 'ok') continue;
      const others = this.#homeless.get(known.partition);
      if (others) others.push(known);
      else this.#homeless.set(known.partition, [known]);
    }
    for (const { openFrom: from, openUntil: until, sends, transaction } of evidence.fates) {
      if (transaction.atomic) continue;
      const touched = new Set(sends.flatMap(({ records }) => records.map(({ partition }) => partition ?? '')));
      for (const partition of touched) {
        const open = this.#open.get(partition);
        if (open) open.push({ from, until });
        else this.#open.set(partition, [{ from, until }]);
      }
    }
    for (const open of this.#open.values()) {
      open.sort((a, b) => a.from - b.from);
      for (let i = 1; i < open.length; i++) open[i]!.until = Math.max(open[i]!.until, open[i - 1]!.until);
    }
  }

  /** A transaction that may have been open holds the end of a read-committed look back: then nothing is sure. */
  beyond(read: Operation<Read>): Known[] {
    const { partition, isolation, to, from, invoked } = read;
    if (isolation === 'committed' && (this.#held(partition, read) || this.#held('', read))) return [];
    const all = this.#evidence.partitions.get(partition) ?? [];
    const least = this.#least(partition, isolation, all);
    const found = (this.#homeless.get(partition) ?? []).filter((known) => {
      const late = this.#expected.visibleFrom(known, isolation) >= invoked;
      return !late && this.#expected.mustShow(partition, known, isolation, read);
    });
    for (let i = firstAbove(all, Math.max(to, from) - 1); i < all.length && least[i]! < invoked; i++) {
      const late = this.#expected.visibleFrom(all[i]!, isolation) >= invoked;
      if (!late && this.#expected.mustShow(partition, all[i]!, isolation, read)) found.push(all[i]!);
    }
    return found;
  }

  #held(partition: PartitionName, { invoked, ended }: Operation<Read>): boolean {
    const open = this.#open.get(partition) ?? [];
    let [low, high] = [0, open.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (open[middle]!.from > ended) high = middle;
      else low = middle + 1;
    }
    return low > 0 && open[low - 1]!.until > invoked;
  }

  #least(partition: PartitionName, isolation: Isolation, all: readonly Known[]): number[] {
    const name = `${partition} ${isolation}`;
    let least = this.#visible.get(name);
    if (!least) {
      least = all.map((known) => this.#expected.visibleFrom(known, isolation));
      for (let i = least.length - 2; i >= 0; i--) least[i] = Math.min(least[i]!, least[i + 1]!);
      this.#visible.set(name, least);
    }
    return least;
  }
}
