import { A, B } from '../story.ts';
import type { Planted } from './planted.ts';

/** What consumers see is there, decided, and in order. */
export const READS: readonly Planted[] = [
  {
    anomaly: 'lost-write',
    how: 'the log begins behind it before its time is over',
    about: 'a1 at orders/0@0 is not in what c read of 1 to 1',
    options: { expiring: new Map([['orders', 1_000]]) },
    tell({ recorder }) {
      recorder.note('p', { kind: 'send', records: [{ partition: A, value: 'a1', offset: 0 }] });
      const records = [] as const;
      recorder.note('c', {
        kind: 'read',
        partition: A,
        isolation: 'committed',
        from: 1,
        to: 1,
        records,
        isStart: true,
      });
    },
  },
  {
    anomaly: 'resurrected',
    how: 'its tombstone is gone before it',
    about: 'a1 at orders/0@0 is there, a2 at 1 of the same key is not',
    options: { compacted: new Set(['orders']) },
    tell({ recorder }) {
      recorder.note('p', { kind: 'send', records: [{ partition: A, key: 'k', value: 'a1', offset: 0 }] });
      const tombstone = { partition: A, key: 'k', value: 'a2', offset: 1, tombstone: true };
      recorder.note('p', { kind: 'send', records: [tombstone] });
      const records = [[0, 'a1']] as const;
      recorder.note('c', { kind: 'read', partition: A, isolation: 'committed', from: 0, to: 2, records, still: true });
    },
  },
  {
    anomaly: 'phantom',
    how: 'nobody sent it',
    about: 'x at orders/0@0 was sent by nobody',
    tell(story) {
      story.polled('c', { [A]: [[0, 'x']] });
    },
  },
  {
    anomaly: 'phantom',
    how: 'it was sent to another partition',
    about: 'b1 at orders/0@0 was sent to orders/1',
    tell(story) {
      story.recorder.invoke('p', { kind: 'send', records: [{ partition: B, value: 'b1' }] }).info('no answer');
      story.polled('c', { [A]: [[0, 'b1']] });
    },
  },
  {
    anomaly: 'phantom',
    how: 'it is seen before it is sent',
    about: 'a1 at orders/0@0 was seen before it was sent',
    tell(story) {
      story.polled('c', { [A]: [[0, 'a1']] });
      story.sent('p', 'a1', 0);
    },
  },
  {
    anomaly: 'aborted-read',
    how: 'its request was refused',
    about: 'the request of a1',
    tell(story) {
      story.recorder.invoke('p', { kind: 'send', records: [{ partition: A, value: 'a1' }] }).fail('refused');
      story.polled('c', { [A]: [[0, 'a1']] }, { isolation: 'uncommitted' });
    },
  },
  {
    anomaly: 'aborted-read',
    how: 'its transaction was aborted',
    about: 'transaction 0 of a1',
    tell(story) {
      const txn = story.begun('p');
      story.sent('p', 'a1', 0, { txn });
      story.ended('p', txn, false);
      story.polled('c', { [A]: [[0, 'a1']] });
    },
  },
  {
    anomaly: 'aborted-read',
    how: 'its transaction was abandoned',
    about: 'transaction 0 of a1',
    tell(story) {
      const txn = story.begun('p');
      story.sent('p', 'a1', 0, { txn });
      story.read(A, 1, [0, 'a1']);
    },
  },
  {
    anomaly: 'aborted-read',
    how: 'a group has the offset of a transaction that was aborted',
    about: 'orders/0: 7 is of a transaction that was not committed',
    tell(story) {
      const txn = story.begun('p');
      story.recorder.note('p', { kind: 'commit', group: 'g', offsets: { [A]: 7 }, txn });
      story.ended('p', txn, false);
      story.offset(7);
    },
  },
  {
    anomaly: 'precommitted-read',
    how: 'a transaction reads its own record',
    about: 'transaction 0 of a1',
    tell(story) {
      const txn = story.begun('p');
      story.sent('p', 'a1', 0, { txn });
      story.polled('p', { [A]: [[0, 'a1']] }, { txn });
      story.ended('p', txn);
    },
  },
  {
    anomaly: 'precommitted-read',
    how: 'a group has its offset before it is decided',
    about: 'orders/0: 7 is of a transaction that was undecided',
    tell(story) {
      const txn = story.begun('p');
      story.recorder.note('p', { kind: 'commit', group: 'g', offsets: { [A]: 7 }, txn });
      story.offset(7);
      story.ended('p', txn);
    },
  },
  {
    anomaly: 'poll-skip',
    how: 'between two polls',
    about: 'a2 at orders/0@1',
    tell(story) {
      for (const i of [0, 1, 2]) story.sent('p', `a${i + 1}`, i);
      story.polled('c', { [A]: [[0, 'a1']] });
      story.polled('c', { [A]: [[2, 'a3']] });
      story.polled('d', { [A]: [[1, 'a2']] });
    },
  },
  {
    anomaly: 'int-poll-skip',
    how: 'within a poll',
    about: 'a2 at orders/0@1',
    tell(story) {
      for (const i of [0, 1, 2]) story.sent('p', `a${i + 1}`, i);
      story.polled('c', {
        [A]: [
          [0, 'a1'],
          [2, 'a3'],
        ],
      });
      story.polled('d', { [A]: [[1, 'a2']] });
    },
  },
  {
    anomaly: 'int-poll-skip',
    how: 'within a transaction',
    about: 'a2 at orders/0@1',
    tell(story) {
      for (const i of [0, 1, 2]) story.sent('p', `a${i + 1}`, i);
      story.polled('d', { [A]: [[1, 'a2']] });
      const txn = story.begun('c');
      story.polled('c', { [A]: [[0, 'a1']] }, { txn });
      story.polled('c', { [A]: [[2, 'a3']] }, { txn });
      story.ended('c', txn);
    },
  },
  {
    anomaly: 'nonmonotonic-poll',
    how: 'a consumer gets the same again',
    about: 'c was at orders/0@1, and then got a1 at 0',
    tell(story) {
      for (const i of [0, 1]) story.sent('p', `a${i + 1}`, i);
      story.polled('c', {
        [A]: [
          [0, 'a1'],
          [1, 'a2'],
        ],
      });
      story.polled('c', { [A]: [[0, 'a1']] });
    },
  },
  {
    anomaly: 'int-nonmonotonic-poll',
    how: 'a poll is out of order',
    about: 'a1 at 0 follows a2 at 1',
    tell(story) {
      for (const i of [0, 1]) story.sent('p', `a${i + 1}`, i);
      story.polled('c', {
        [A]: [
          [1, 'a2'],
          [0, 'a1'],
        ],
      });
    },
  },
  {
    anomaly: 'int-nonmonotonic-poll',
    how: 'a transaction goes back',
    about: 'c was at orders/0@1',
    tell(story) {
      for (const i of [0, 1]) story.sent('p', `a${i + 1}`, i);
      const txn = story.begun('c');
      story.polled('c', { [A]: [[1, 'a2']] }, { txn });
      story.polled('c', { [A]: [[0, 'a1']] }, { txn });
      story.ended('c', txn);
    },
  },
];
