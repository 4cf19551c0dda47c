import type { TopicInfo } from '../../lib/topic/index.ts';
import {
  check,
  formatFindings,
  type History,
  type Operation,
  partitionName,
  type Read,
  type Seen,
  type Send,
} from '../checker/index.ts';
import { readRawLog } from './raw-log.ts';
import type { SimulatedStores } from './stores.ts';

/** Reads by this process's name, and the server's behind it, are of everything, when all is over. */
export const FINAL = 'reading by ';

/** All that is wrong with the end of a simulation, by the raw stores and by what clients saw. */
export function judge({
  stores,
  topics,
  history,
}: {
  stores: SimulatedStores;
  topics: readonly TopicInfo[];
  history: History;
}): string[] {
  const raw = readRawLog(stores, topics);
  const problems = raw.problems.map((problem) => `raw stores, ${problem}`);
  const reads = history.operations.filter((one): one is Operation<Read> => one.kind === 'read');
  for (const topic of topics) {
    for (let partition = 0; partition < topic.partitions; partition++) {
      const name = partitionName(topic.name, partition);
      const there = raw.partitions.get(`${topic.topicId}/${partition}`);
      if (!there) {
        problems.push(`raw stores: ${name} is not there`);
        continue;
      }
      const visible = there.records.filter(([offset]) => offset >= there.logStart);
      for (const read of reads) {
        if (
          read.partition === name &&
          read.process.startsWith(FINAL) &&
          JSON.stringify(read.records) !== JSON.stringify(visible)
        ) {
          problems.push(
            `${read.process} of ${name} found ${read.records.length} records, the stores hold ${visible.length}, or others`,
          );
        }
      }
      problems.push(...judgeGroups(history, name, visible));
      problems.push(
        ...judgeSends(history, name, new Map(visible.map(([offset, value]) => [value, offset])), visible.length),
      );
    }
  }
  for (const finding of check(history)) problems.push(formatFindings(history, [finding]));
  return problems;
}

/** Every group has come to the end, so some member of it has seen every record: whatever it committed, it had seen before. */
function judgeGroups({ operations }: History, name: string, there: readonly Seen[]): string[] {
  const groups = new Map<string, Set<number>>();
  for (const one of operations) {
    if (one.kind !== 'commit' && (one.kind !== 'poll' || one.group === undefined)) continue;
    const seen = groups.get(one.group!) ?? new Set();
    groups.set(one.group!, seen);
    if (one.kind === 'poll') for (const [offset] of one.records[name] ?? []) seen.add(offset);
  }
  return [...groups].flatMap(([group, seen]) => {
    const missed = there.filter(([offset]) => !seen.has(offset)).map(([offset]) => offset);
    return missed.length === 0
      ? []
      : [`group ${group} went past offsets ${missed.join(', ')} of ${name}, which no member has seen`];
  });
}

/** Acknowledged: there, where the answer said. Refused: not there. And nothing twice that may not be. */
function judgeSends(history: History, name: string, there: ReadonlyMap<string, number>, records: number): string[] {
  const problems: string[] = [];
  let mayRepeat = false;
  for (const one of history.operations) {
    if (one.kind !== 'send') continue;
    const send = one as Operation<Send>;
    for (const { partition, value, offset } of send.records) {
      if (partition !== name) continue;
      if (send.mayRepeat) mayRepeat = true;
      const found = there.get(value);
      if (send.outcome === 'ok' && found === undefined) problems.push(`${name}: ${value} was acknowledged and is lost`);
      if (send.outcome === 'fail' && found !== undefined)
        problems.push(`${name}: ${value} was refused (${send.why}) and is there`);
      if (send.outcome === 'ok' && offset !== undefined && found !== offset && !send.mayRepeat) {
        problems.push(`${name}: ${value} was acknowledged at ${offset} and is at ${found}`);
      }
    }
  }
  if (!mayRepeat && there.size !== records) problems.push(`${name} has ${records} records of ${there.size} values`);
  return problems;
}
