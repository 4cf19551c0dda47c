import type { MemberEvent, Placed } from '../members.ts';

/** A member had a partition for so long. */
interface Ownership {
  readonly name: string;
  readonly partition: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What members had when, as they tell: from when a partition was theirs until they were to give it up. */
function ownerships(events: readonly MemberEvent[]): readonly Ownership[] {
  const held = new Map<string, Ownership>();
  const over: Ownership[] = [];
  const end = (name: string, partition: number, untilMs: number) => {
    const key = `${name} ${partition}`;
    const one = held.get(key);
    if (one) over.push({ ...one, untilMs });
    held.delete(key);
  };
  for (const { name, atMs, ...told } of events) {
    if (told.event === 'assigned') {
      for (const partition of told.what) {
        held.set(`${name} ${partition}`, { name, partition, fromMs: atMs, untilMs: Number.POSITIVE_INFINITY });
      }
    }
    if (told.event === 'revoked' || told.event === 'lost') {
      for (const partition of told.what) end(name, partition, atMs);
    }
  }
  return [...over, ...held.values()];
}

/** Partitions that two members had at one time, as sentences. None is what is right. */
export function ownedByTwo(events: readonly MemberEvent[]): readonly string[] {
  const all = ownerships(events).toSorted((one, other) => one.fromMs - other.fromMs);
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => other.partition === one.partition && other.name !== one.name && other.fromMs < one.untilMs)
      .map(({ name, partition, fromMs }) => `${name} had ${partition} at ${fromMs}, ${one.name} until ${one.untilMs}`),
  );
}

/** Who has what, by the last word of each. */
export function owners(events: readonly MemberEvent[]): ReadonlyMap<number, readonly string[]> {
  const now = ownerships(events).filter(({ untilMs }) => untilMs === Number.POSITIVE_INFINITY);
  return new Map(
    [...new Set(now.map(({ partition }) => partition))].map((partition) => [
      partition,
      now.filter((one) => one.partition === partition).map(({ name }) => name),
    ]),
  );
}

/** Commits that were acknowledged though a later offset had been before, as sentences. */
export function commitsThatWentBack(events: readonly MemberEvent[]): readonly string[] {
  const highest = new Map<string, number>();
  const back: string[] = [];
  for (const { name, atMs, ...told } of events.toSorted((one, other) => one.atMs - other.atMs)) {
    if (told.event !== 'committed') continue;
    for (const [partition, offset] of Object.entries(told.what)) {
      const before = highest.get(partition) ?? 0;
      if (offset < before) back.push(`${name} committed ${offset} of ${partition} at ${atMs}, after ${before}`);
      highest.set(partition, Math.max(before, offset));
    }
  }
  return back;
}

/**
 * What is wrong with what producers sent, as sentences: an acknowledged record that is missing, or not where its
 * acknowledgement said; one that is there twice; one that is there before an earlier one of its producer.
 */
export function wronglyStored(sent: readonly Placed[], stored: readonly Placed[]): readonly string[] {
  const at = new Map(stored.map(([partition, offset, value]) => [`${partition}/${offset}`, value]));
  const missing = sent
    .filter(([partition, offset, value]) => at.get(`${partition}/${offset}`) !== value)
    .map(([partition, offset, value]) => `${value} is not at ${partition}/${offset}`);
  const last = new Map<string, number>();
  const disordered: string[] = [];
  for (const [partition, offset, value] of stored.toSorted((one, other) => one[0] - other[0] || one[1] - other[1])) {
    const [producer, number] = value.split(':') as [string, string];
    const key = `${producer} in ${partition}`;
    const before = last.get(key) ?? -1;
    if (Number(number) <= before) disordered.push(`${value} is at ${partition}/${offset}, after ${before}`);
    last.set(key, Number(number));
  }
  return [...missing, ...disordered];
}
