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
import { withLives } from './incarnations.ts';
import { COPIES, EXPIRING, KEYED, keptMs, type Plan, REBORN, SOURCE, TARGET } from './plan.ts';
import { readRawLog } from './raw-log.ts';
import type { SimulatedStores } from './stores.ts';

/** Reads by this process's name, and the server's behind it, are of everything, when all is over. */
export const FINAL = 'reading at the end by ';

/** All that is wrong with the end of a simulation, by the raw stores and by what clients saw. */
export function judge({
  plan,
  stores,
  topics,
  history,
}: {
  plan: Plan;
  stores: SimulatedStores;
  topics: readonly TopicInfo[];
  history: History;
}): string[] {
  const raw = readRawLog(stores, topics);
  const problems = raw.problems.map((problem) => `raw stores, ${problem}`);
  const reads = history.operations.filter((one): one is Operation<Read> => one.kind === 'read');
  const sources: string[] = [];
  const moved: string[] = [];
  const values: string[] = [];
  const copies: string[] = [];
  for (const topic of topics) {
    for (let partition = 0; partition < topic.partitions; partition++) {
      const name = partitionName(topic.name, partition);
      const there = raw.partitions.get(`${topic.topicId}/${partition}`);
      if (!there) {
        problems.push(`raw stores: ${name} is not there`);
        continue;
      }
      const after = ([offset]: Seen) => offset >= there.logStart;
      const visible = there.records.filter(after);
      const committed = there.committed.filter(after);
      // Everything in it is older by now than it says.
      if (topic.name === EXPIRING && there.logStart !== there.end)
        problems.push(`${name} keeps ${there.logStart} to ${there.end}, and nothing of it is due`);
      if (there.open.length > 0) problems.push(`${name}: producers ${there.open} have transactions that never ended`);
      for (const read of reads) {
        if (read.partition !== name || !read.process.startsWith(FINAL)) continue;
        const due = read.isolation === 'committed' ? committed : visible;
        if (JSON.stringify(read.records) === JSON.stringify(due)) continue;
        problems.push(
          `${read.process} of ${name} (${read.isolation}) found ${read.records.length} records, the stores hold ${due.length}, or others`,
        );
      }
      if (topic.name === TARGET) moved.push(...committed.map(([, value]) => value));
      if (topic.name === SOURCE) values.push(...committed.map(([, value]) => value));
      if (topic.name === COPIES) copies.push(...committed.map(([, value]) => value));
      if (topic.name === SOURCE) sources.push(...committed.map(([offset]) => `${name}@${offset}`));
      if (topic.name === SOURCE) problems.push(...judgeGroups(history, name, committed));
      problems.push(...judgeSends(history, name, visible, there.logStart));
    }
  }
  if (topics.some(({ name }) => name === COPIES)) problems.push(...judgeCopied(history, values, copies));
  problems.push(...judgePartitions(history, topics));
  problems.push(...judgeMoved(history, sources, moved));
  const expiring = plan.topics.filter(({ name }) => name === EXPIRING);
  const options = {
    compacted: new Set([KEYED]),
    expiring: new Map(expiring.map((topic) => [topic.name, keptMs(topic, plan)])),
  };
  const lives = withLives(history, REBORN);
  for (const finding of check(lives, options)) problems.push(formatFindings(lives, [finding]));
  return problems;
}

/** Every group has come to the end, so some member of it has seen every record: whatever it committed, it had seen before. */
function judgeGroups({ operations }: History, name: string, there: readonly Seen[]): string[] {
  const groups = new Map<string, Set<number>>();
  for (const one of operations) {
    if (one.kind !== 'commit' && (one.kind !== 'poll' || one.group === undefined)) continue;
    if (one.group === REBORN) continue;
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

/** A route to a topic stores its position with what it delivers: each record is there once. */
function judgeCopied(history: History, values: readonly string[], copies: readonly string[]): string[] {
  // What was deleted may have been copied before.
  const isTrimmed = history.operations.some(({ kind, outcome }) => kind === 'trim' && outcome !== 'fail');
  const there = Map.groupBy(copies, (value) => value);
  const due = Map.groupBy(values, (value) => value);
  return [...new Set([...values, ...copies])].flatMap((value) => {
    const [found, wanted] = [there.get(value)?.length ?? 0, due.get(value)?.length ?? 0];
    const isRight = found === wanted || (isTrimmed && (wanted === 0 || isRepeated(history, value)));
    return isRight ? [] : [`${value} was copied ${found} times, and is there ${wanted} times`];
  });
}

function isRepeated({ operations }: History, name: string): boolean {
  return operations.some((one) => {
    return one.kind === 'send' && one.mayRepeat === true && one.records.some(({ value }) => value === name);
  });
}

/** Partitions that were added, or that somebody was told of by an answer, are there. */
function judgePartitions({ operations }: History, topics: readonly TopicInfo[]): string[] {
  const there = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  return operations.flatMap((one) => {
    if (one.kind !== 'grow' || one.outcome !== 'ok' || one.to <= (there.get(one.topic) ?? 0)) return [];
    return [`${one.topic} was to have ${one.to} partitions, was said to, and has ${there.get(one.topic)}`];
  });
}

/** What processors of a group put between their own name for a record and that of what it is made of. */
const MADE_OF: Readonly<Record<string, string>> = { x: '<', y: '~' };

/** Where a group of processors has come to the end, each record that it read was moved exactly once. */
function judgeMoved({ operations }: History, sources: readonly string[], moved: readonly string[]): string[] {
  return Object.entries(MADE_OF).flatMap(([group, mark]) => {
    const isThere = operations.some((one) => one.kind === 'commit' && one.txn !== undefined && one.group === group);
    if (!isThere) return [];
    const times = Map.groupBy(
      moved.flatMap((value) => value.split(mark)[1] ?? []),
      (source) => source,
    );
    return sources.flatMap((source) => {
      const found = times.get(source)?.length ?? 0;
      return found === 1 ? [] : [`${source} was moved ${found} times by group ${group}, not once`];
    });
  });
}

/** Which records of it may be gone, the checker knows. */
function isPassing(name: string): boolean {
  return [KEYED, EXPIRING].some((topic) => name.startsWith(`${topic}/`));
}

/** Acknowledged: there, where the answer said. Refused: not there. And nothing twice that may not be. */
function judgeSends(history: History, name: string, visible: readonly Seen[], logStart: number): string[] {
  const problems: string[] = [];
  const there = new Map(visible.map(([offset, value]) => [value, offset]));
  let mayRepeat = false;
  for (const one of history.operations) {
    if (one.kind !== 'send') continue;
    const send = one as Operation<Send>;
    for (const { partition, value, offset } of send.records) {
      if (partition !== name) continue;
      if (send.mayRepeat) mayRepeat = true;
      // Of a topic that goes and comes, the checker knows.
      if (name.startsWith(REBORN)) continue;
      const found = there.get(value);
      if (send.outcome === 'ok' && found === undefined && (offset ?? 0) >= logStart && !isPassing(name))
        problems.push(`${name}: ${value} was acknowledged and is lost`);
      if (send.outcome === 'fail' && found !== undefined)
        problems.push(`${name}: ${value} was refused (${send.why}) and is there`);
      if (send.outcome === 'ok' && offset !== undefined && (found ?? offset) !== offset && !send.mayRepeat) {
        problems.push(`${name}: ${value} was acknowledged at ${offset} and is at ${found}`);
      }
    }
  }
  if (!mayRepeat && !name.startsWith(COPIES) && there.size !== visible.length)
    problems.push(`${name} has ${visible.length} records of ${there.size} values`);
  return problems;
}
