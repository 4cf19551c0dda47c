import { FUNCTION_MEMORY_MB, type FunctionCounts, type FunctionName } from './functions.ts';
import type { Kind } from './stores.ts';

/** At this memory a Lambda has one processor; it has as much less of it as it has less memory. Source: Lambda Developer Guide, "Configure memory". */
const WHOLE_CPU_MB = 1_769;
/**
 * Processor time, in ms, that a call of the AWS SDK takes beside what our code does: making, signing and sending the
 * request, and reading the answer. The replay has no SDK.
 */
export const SDK_CALL_CPU_MS = 0.7;
/** Lambda rounds up to whole ms: half of one on average. */
const ROUNDING_MS = 0.5;
const MB_PER_GB = 1_024;

/** Requests and units of one kind of item or object. Reads of objects are GETs, writes are PUTs, lists are LISTs. */
export interface Calls {
  readonly reads: number;
  readonly readUnits: number;
  readonly writes: number;
  readonly writeUnits: number;
  readonly lists: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What a function did, in some time. Amounts may be parts of one: they are averages. */
export interface FunctionUse {
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly calls: Partial<Record<Kind, Calls>>;
}

export type Uses = Partial<Record<FunctionName, FunctionUse>>;

/** What was counted of a function, in what Lambda, S3 and DynamoDB bill. */
export function useOf(name: FunctionName, counts: FunctionCounts): FunctionUse {
  const memoryMb = FUNCTION_MEMORY_MB[name];
  const cpuMs = (counts.cpuMs + counts.calls * SDK_CALL_CPU_MS) * Math.max(1, WHOLE_CPU_MB / memoryMb);
  const billedMs = counts.waitedMs + cpuMs + counts.invocations * ROUNDING_MS;
  const calls = Object.entries(counts.meters).map(([kind, meters]) => {
    const written = [meters['item.write'], meters['item.transact']];
    const sum = (of: 'requests' | 'units' | 'bytes') => written.reduce((total, meter) => total + meter[of], 0);
    const own: Calls = {
      reads: meters['item.get'].requests + meters['item.query'].requests + gets(meters),
      readUnits: meters['item.get'].units + meters['item.query'].units,
      writes: sum('requests') + meters['object.put'].requests,
      writeUnits: sum('units'),
      lists: meters['object.list'].requests,
      bytesIn: sum('bytes') + meters['object.put'].bytes,
      bytesOut: meters['item.get'].bytes + meters['item.query'].bytes + meters['object.get'].bytes,
    };
    return [kind, own] as const;
  });
  const gbSeconds = (billedMs / 1_000) * (memoryMb / MB_PER_GB);
  return { invocations: counts.invocations, gbSeconds, calls: Object.fromEntries(calls) };
}

function gets(meters: NonNullable<FunctionCounts['meters'][Kind]>): number {
  return meters['object.get'].requests + meters['object.size'].requests;
}

/** `times` as much of a use. */
export function scaled(use: FunctionUse, times: number): FunctionUse {
  return plus(NOTHING, use, times);
}

/** One use and `times` as much of another. */
export function plus(one: FunctionUse, other: FunctionUse, times = 1): FunctionUse {
  const kinds = new Set([...Object.keys(one.calls), ...Object.keys(other.calls)]) as Set<Kind>;
  const calls = [...kinds].map((kind) => {
    const [a, b] = [one.calls[kind] ?? NO_CALLS, other.calls[kind] ?? NO_CALLS];
    const names = Object.keys(NO_CALLS) as (keyof Calls)[];
    return [kind, Object.fromEntries(names.map((name) => [name, a[name] + b[name] * times]))];
  });
  return {
    invocations: one.invocations + other.invocations * times,
    gbSeconds: one.gbSeconds + other.gbSeconds * times,
    calls: Object.fromEntries(calls),
  };
}

const NO_CALLS: Calls = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, lists: 0, bytesIn: 0, bytesOut: 0 };
const NOTHING: FunctionUse = { invocations: 0, gbSeconds: 0, calls: {} };

/** All kinds together. */
export function allCalls({ calls }: FunctionUse): Calls {
  const sum = { ...NO_CALLS };
  for (const own of Object.values(calls)) {
    for (const name of Object.keys(sum) as (keyof Calls)[]) sum[name] += own[name];
  }
  return sum;
}

/**
 * What upkeep costs in a month: a round has a part that comes with each round (lists, heads), and a part that comes with
 * the events. Replayed, few rounds do the work of all events.
 *
 * @param replayed all that the rounds of the replay did
 * @param rounds how many they were
 * @param idle what one round does that finds nothing
 * @param times as many events as were replayed make a month
 * @param roundsPerMonth as the platform is set
 */
export function upkeep(
  replayed: FunctionUse,
  { rounds, idle, times, roundsPerMonth }: { rounds: number; idle: FunctionUse; times: number; roundsPerMonth: number },
): FunctionUse {
  return plus(scaled(plus(replayed, idle, -rounds), times), idle, roundsPerMonth);
}
