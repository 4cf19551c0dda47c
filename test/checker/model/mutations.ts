import type { Anomaly } from '../finding.ts';
import type { Action, History, Seen } from '../history.ts';
import {
  acknowledged,
  all,
  appended,
  finalReads,
  looking,
  neighbours,
  type Of,
  pick,
  replaced,
  swapped,
  withRecords,
} from './edit.ts';

/** One thing made wrong in a history that is right; undefined where it has no place for it. */
export interface Mutation {
  readonly name: string;
  /** Each of these names fits; at least one of them is to be found. */
  readonly anomalies: readonly Anomaly[];
  apply(history: History, random: () => number): History | undefined;
}

/** What cannot be told from what is right has no place here: each of them is found wherever it can be planted. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an acknowledged record goes from everywhere',
    anomalies: ['lost-write', 'unseen', 'torn-transaction'],
    apply(history, random) {
      const lost = pick(acknowledged(history), random);
      return lost && looking(history, (records) => records.filter(([, value]) => value !== lost.value));
    },
  },
  {
    name: 'a record of a transaction goes from everywhere',
    anomalies: ['torn-transaction'],
    apply(history, random) {
      const several = acknowledged(history).filter(({ send }) => send.txn !== undefined && send.records.length > 1);
      const lost = pick(several, random);
      return lost && looking(history, (records) => records.filter(([, value]) => value !== lost.value));
    },
  },
  {
    name: 'a read ends before a record',
    anomalies: ['stale-read', 'unseen', 'torn-transaction'],
    apply(history, random) {
      const alone = acknowledged(history).filter(({ send }) => send.txn === undefined);
      const end = pick(alone, random);
      const read = finalReads(history).find(({ partition }) => partition === end?.partition);
      if (!end || !read) return undefined;
      return replaced(history, [{ ...read, records: read.records.filter(([at]) => at < end.offset), to: end.offset }]);
    },
  },
  {
    name: 'a record stands at the end once more',
    anomalies: ['duplicate'],
    apply(history, random) {
      const read = pick(
        finalReads(history).filter(({ records }) => records.length > 0),
        random,
      );
      if (!read) return undefined;
      const [, value] = pick(read.records, random)!;
      return replaced(history, [{ ...read, to: read.to + 1, records: [...read.records, [read.to, value]] }]);
    },
  },
  {
    name: 'a read has a record in the place of another',
    anomalies: ['inconsistent-offsets'],
    apply(history, random) {
      const read = pick(finalReads(history), random);
      const [a, b] = [pick(read?.records ?? [], random), pick(acknowledged(history), random)];
      if (!read || !a || !b || a[1] === b.value) return undefined;
      const records = read.records.map((one): Seen => (one === a ? [a[0], b.value] : one));
      return replaced(history, [{ ...read, records }]);
    },
  },
  {
    name: 'a record that nobody sent',
    anomalies: ['phantom'],
    apply(history, random) {
      const read = pick(finalReads(history), random)!;
      return replaced(history, [{ ...read, to: read.to + 1, records: [...read.records, [read.to, 'nobody']] }]);
    },
  },
  {
    name: 'a request that had an effect is said to have failed',
    anomalies: ['aborted-read'],
    apply(history, random) {
      const one = pick(acknowledged(history), random);
      return one && replaced(history, [{ ...one.send, outcome: 'fail' }]);
    },
  },
  {
    name: 'a transaction that is visible was aborted',
    anomalies: ['aborted-read'],
    apply(history, random) {
      const one = pick(
        acknowledged(history).filter(({ send }) => send.txn !== undefined),
        random,
      );
      const ends = all(history, 'end').filter(({ txn }) => txn === one?.send.txn);
      return (
        one &&
        replaced(
          history,
          ends.map((end) => ({ ...end, commit: false })),
        )
      );
    },
  },
  {
    name: 'a transaction was visible before its end',
    anomalies: ['precommitted-read'],
    apply(history, random) {
      const txns = new Map(
        all(history, 'send').flatMap(({ records, txn }) => records.map(({ value }) => [value, txn] as const)),
      );
      const seen = all(history, 'poll').flatMap((poll) =>
        Object.values(poll.records).flatMap((records) => records.map(([, value]) => ({ poll, txn: txns.get(value) }))),
      );
      const one = pick(
        seen.filter(({ txn }) => txn !== undefined),
        random,
      );
      if (!one) return undefined;
      const ends = all(history, 'end').filter(({ txn }) => txn === one.txn);
      const { ended } = one.poll;
      return replaced(
        history,
        ends.map((end) => ({ ...end, invoked: ended + 0.3, ended: Math.max(end.ended, ended + 0.6) })),
      );
    },
  },
  {
    name: 'a poll goes past what the one before should have got',
    anomalies: ['poll-skip', 'lost-write', 'torn-transaction'],
    apply(history, random) {
      const pairs = neighbours(history);
      const followed = pairs.filter((one) =>
        pairs.some(({ before, partition }) => before === one.after && partition === one.partition),
      );
      const pair = pick(followed, random);
      return pair && replaced(history, [withRecords(pair.after, pair.partition, [])]);
    },
  },
  {
    name: 'a poll leaves one out in the middle',
    anomalies: ['int-poll-skip', 'lost-write'],
    apply(history, random) {
      const polls = all(history, 'poll').flatMap((poll) =>
        Object.entries(poll.records).flatMap(([partition, records]) =>
          records.length > 2 ? [{ poll, partition, records }] : [],
        ),
      );
      const one = pick(polls, random);
      return one && replaced(history, [withRecords(one.poll, one.partition, one.records.toSpliced(1, 1))]);
    },
  },
  {
    name: 'a poll repeats the last one',
    anomalies: ['nonmonotonic-poll'],
    apply(history, random) {
      const pair = pick(neighbours(history), random);
      if (!pair) return undefined;
      const { before, after, partition } = pair;
      return replaced(history, [
        withRecords(after, partition, [before.records[partition]!.at(-1)!, ...after.records[partition]!]),
      ]);
    },
  },
  {
    name: 'a poll is out of order',
    anomalies: ['int-nonmonotonic-poll'],
    apply(history, random) {
      const polls = all(history, 'poll').flatMap((poll) =>
        Object.entries(poll.records).flatMap(([partition, records]) =>
          records.length > 1 ? [{ poll, partition, records }] : [],
        ),
      );
      const one = pick(polls, random);
      return one && replaced(history, [withRecords(one.poll, one.partition, one.records.toReversed())]);
    },
  },
  {
    name: 'two records of a producer change places',
    anomalies: ['nonmonotonic-send', 'int-nonmonotonic-send'],
    apply(history, random) {
      const groups = Map.groupBy(
        acknowledged(history).filter(({ send }) => send.txn === undefined),
        ({ send, partition }) => `${send.process} ${partition}`,
      );
      const several = pick(
        [...groups.values()].filter(({ length }) => length > 1),
        random,
      );
      return several && swapped(history, several[0]!.value, several.at(-1)!.value);
    },
  },
  {
    name: 'records of two producers change places',
    anomalies: ['realtime-send', 'nonmonotonic-send'],
    apply(history, random) {
      const a = pick(
        acknowledged(history).filter(({ send }) => send.txn === undefined),
        random,
      );
      const later = acknowledged(history).filter(
        ({ send, partition }) =>
          a &&
          send.txn === undefined &&
          partition === a.partition &&
          send.process !== a.send.process &&
          send.invoked > a.send.ended,
      );
      const b = pick(later, random);
      return a && b && swapped(history, a.value, b.value);
    },
  },
  {
    name: 'two atomic requests change places in one partition alone',
    anomalies: ['G0', 'realtime-send', 'nonmonotonic-send'],
    apply(history, random) {
      const atomic = acknowledged(history).filter(
        ({ send, partition }) =>
          partition === 'orders/0' && send.txn !== undefined && history.transactions[send.txn]!.atomic,
      );
      const [a, b] = [pick(atomic, random), pick(atomic, random)];
      return a && b && a !== b ? swapped(history, a.value, b.value) : undefined;
    },
  },
  {
    name: 'two members have a partition in one generation',
    anomalies: ['shared-partition'],
    apply(history, random) {
      const assign = pick(
        all(history, 'assign').filter(({ partitions }) => partitions.length > 0),
        random,
      );
      if (!assign) return undefined;
      const { group, generation, partitions } = assign;
      const told = ['m1', 'm2'].reduce(
        (so, member) => appended(so, member, { kind: 'assign', group, member, generation, partitions }),
        history,
      );
      return ['m1', 'm2'].reduce(
        (so, member) => appended(so, member, { kind: 'heartbeat', group, member, generation }),
        told,
      );
    },
  },
  {
    name: 'a commit of an old generation is accepted',
    anomalies: ['fenced-commit'],
    apply(history, random) {
      const generation = Math.max(...all(history, 'assign').map((one) => one.generation));
      const old = pick(
        all(history, 'commit').filter((one) => (one.generation ?? generation) < generation),
        random,
      );
      if (!old) return undefined;
      const { group, offsets, member } = old;
      const next: Action = {
        kind: 'assign',
        group,
        member: 'next',
        generation: generation + 1,
        partitions: Object.keys(offsets),
      };
      return appended(appended(history, 'next', next), member!, {
        kind: 'commit',
        group,
        offsets,
        member: member!,
        generation,
      });
    },
  },
  {
    name: 'offsets go back',
    anomalies: ['offset-back'],
    apply(history) {
      const known = all(history, 'committed').findLast(
        ({ group, offsets }) => group === 'g' && Object.keys(offsets).length > 0,
      );
      return known && appended(history, 'admin', { ...action(known), offsets: {} });
    },
  },
  {
    name: 'an offset that nobody committed',
    anomalies: ['phantom-offset'],
    apply(history) {
      const offsets = { 'orders/0': 123_456 };
      return appended(history, 'admin', { kind: 'committed', group: 'g', partitions: ['orders/0'], offsets });
    },
  },
  {
    name: 'a producer that was replaced goes on',
    anomalies: ['fenced-producer'],
    apply(history, random) {
      const send = pick(
        all(history, 'send').filter(({ txn }) => txn !== undefined && !history.transactions[txn]!.atomic),
        random,
      );
      if (!send) return undefined;
      const { transactionalId } = history.transactions[send.txn!]!;
      const init: Action = { kind: 'init', transactionalId: transactionalId!, producerId: 1, epoch: 1_000 };
      const records = [{ partition: 'orders/0', value: 'late' }];
      return appended(appended(history, 'next', init), 'zombie', { kind: 'send', records, txn: send.txn! });
    },
  },
];

function action(known: Of<'committed'>): Extract<Action, { kind: 'committed' }> {
  const { kind, group, partitions, offsets } = known;
  return { kind, group, partitions, offsets };
}
