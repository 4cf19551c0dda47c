import { type History, NEVER, type Operation, type PartitionName, topicOf } from '../checker/index.ts';

/** How long servers may remember a topic that is gone, with what a clock that is set back meanwhile adds. */
const REMEMBERED_MS = 5_000;

/** One life of a topic: from some moment on everybody knows it, and until some moment nobody has asked to delete it. */
interface Life {
  readonly after: number;
  readonly afterMs: number;
  readonly until: number;
}

/**
 * The history with a topic that is deleted and made anew told apart by its lives, as topics of their own: `reborn#2/0`. What
 * was asked while it went and came may have met either: of that, only what was sent, or was to be committed, is left, as
 * what nobody knows. So nothing of one life may show in another.
 */
export function withLives(history: History, topic: string): History {
  const lives = livesOf(history, topic);
  const operations = history.operations.flatMap((one) => told(one, topic, lives));
  return { ...history, operations: operations.map((one, id) => ({ ...one, id })) };
}

function livesOf({ operations }: History, topic: string): Life[] {
  const found = operations.filter((one) => one.kind === 'found' && one.topic === topic);
  const starts = [{ after: -1, afterMs: 0, at: 0 }];
  const ends: number[] = [];
  for (const one of found) {
    if (one.kind !== 'found') continue;
    if (one.is === 'deleted') ends.push(one.invoked);
    else starts.push({ after: one.ended, afterMs: (one.endedMs ?? NEVER) + REMEMBERED_MS, at: one.invoked });
  }
  return starts.map(({ after, afterMs }, i) => ({ after, afterMs, until: ends[i] ?? NEVER }));
}

function told(one: Operation, topic: string, lives: readonly Life[]): Operation[] {
  const isOf = (partition: PartitionName) => topicOf(partition) === topic;
  const life = lives.findIndex(({ after, afterMs, until }) => {
    const isEnded = one.ended < until || until === NEVER;
    return one.invoked > after && one.atMs >= afterMs && isEnded;
  });
  const named = (partition: PartitionName, at: number) => partition.replace(topic, `${topic}#${at}`);
  const isKnown = life >= 0 && one.outcome === 'ok';
  switch (one.kind) {
    case 'send': {
      if (!one.records.some(({ partition }) => partition !== undefined && isOf(partition))) return [one];
      if (isKnown) {
        const records = one.records.map((record) => ({ ...record, partition: named(record.partition!, life) }));
        return [{ ...one, records }];
      }
      // Each life takes it for new: one that is sent again may be in two. And where it is refused because the topic is gone,
      // it may have been there before.
      const records = one.records.map(({ key, value }) => ({ key, value }));
      return [{ ...one, records, mayRepeat: true, outcome: life >= 0 && one.outcome === 'fail' ? 'fail' : 'info' }];
    }
    case 'read':
      if (!isOf(one.partition)) return [one];
      return isKnown ? [{ ...one, partition: named(one.partition, life) }] : [];
    case 'committed': {
      if (!one.partitions.some(isOf)) return [one];
      if (!isKnown) return [];
      const offsets = Object.entries(one.offsets).map(([partition, offset]) => [named(partition, life), offset]);
      const partitions = one.partitions.map((partition) => named(partition, life));
      return [{ ...one, partitions, offsets: Object.fromEntries(offsets) }];
    }
    case 'commit': {
      if (!Object.keys(one.offsets).some(isOf)) return [one];
      const possible = [...lives.keys()].filter((at) => (isKnown ? at === life : lives[at]!.until > one.invoked));
      const offsets = Object.entries(one.offsets).flatMap(([partition, offset]) =>
        possible.map((at) => [named(partition, at), offset] as const),
      );
      return [{ ...one, offsets: Object.fromEntries(offsets), outcome: isKnown ? 'ok' : 'info' }];
    }
    default:
      return [one];
  }
}
