import { A, B } from '../story.ts';
import type { Planted } from './planted.ts';

/** What was acknowledged is there, once, where it was acknowledged. */
export const WRITES: readonly Planted[] = [
  {
    anomaly: 'lost-write',
    how: 'a final read leaves it out',
    about: 'a2 at orders/0@1',
    tell(story) {
      story.sent('p', 'a1', 0);
      story.sent('p', 'a2', 1);
      story.sent('p', 'a3', 2);
      story.read(A, 3, [0, 'a1'], [2, 'a3']);
    },
  },
  {
    anomaly: 'lost-write',
    how: 'consumers go past it, and nobody ever sees it',
    about: 'a1 at orders/0@0',
    tell(story) {
      story.sent('p', 'a1', 0);
      story.sent('p', 'a2', 1);
      story.polled('c', { [A]: [[1, 'a2']] });
    },
  },
  {
    anomaly: 'lost-write',
    how: 'it was seen, and the final read does not have it any more',
    about: 'a1 at orders/0@0',
    tell(story) {
      story.sent('p', 'a1', 0);
      story.polled('c', { [A]: [[0, 'a1']] });
      story.sent('p', 'a2', 1);
      story.read(A, 2, [1, 'a2']);
    },
  },
  {
    anomaly: 'lost-write',
    how: 'nobody knows its client heard of it, but others saw it before',
    about: 'a1 at orders/0@0',
    tell(story) {
      story.recorder.invoke('p', { kind: 'send', records: [{ partition: A, value: 'a1' }] }).info('no answer');
      story.polled('c', { [A]: [[0, 'a1']] });
      story.read(A, 1);
    },
  },
  {
    anomaly: 'lost-write',
    how: 'compaction took the latest record of a key',
    about: 'a2 at orders/0@1',
    options: { compacted: new Set(['orders']) },
    tell(story) {
      story.sent('p', 'a1', 0, { key: 'k' });
      story.sent('p', 'a2', 1, { key: 'k' });
      story.sent('p', 'a3', 2, { key: 'l' });
      story.read(A, 3, [0, 'a1'], [2, 'a3']);
    },
  },
  {
    anomaly: 'unseen',
    how: 'the log ends before it',
    about: 'a2 at orders/0@1',
    tell(story) {
      story.sent('p', 'a1', 0);
      story.sent('p', 'a2', 1);
      story.read(A, 1, [0, 'a1']);
    },
  },
  {
    anomaly: 'unseen',
    how: 'it was acknowledged without an offset, and is nowhere',
    about: 'a1 at orders/0@?',
    tell(story) {
      story.recorder.note('p', { kind: 'send', records: [{ partition: A, value: 'a1' }] });
      story.read(A, 0);
    },
  },
  {
    anomaly: 'stale-read',
    how: 'a read ends too early, a later one does not',
    about: 'a1 at orders/0@0',
    tell(story) {
      story.sent('p', 'a1', 0);
      story.read(A, 0);
      story.read(A, 1, [0, 'a1']);
    },
  },
  {
    anomaly: 'torn-transaction',
    how: 'one partition has its record, the other does not',
    about: 'b1 at orders/1@0',
    tell(story) {
      const txn = story.begun('p');
      story.sent('p', 'a1', 0, { txn });
      story.sent('p', 'b1', 0, { txn, partition: B });
      story.ended('p', txn);
      story.read(A, 2, [0, 'a1']);
      story.read(B, 2);
    },
  },
  {
    anomaly: 'torn-transaction',
    how: 'nobody knows how it ended, but a part of it is visible',
    about: 'b1 at orders/1@0',
    tell(story) {
      const txn = story.begun('p', { transactionalId: 't' });
      story.sent('p', 'a1', 0, { txn });
      story.sent('p', 'b1', 0, { txn, partition: B });
      story.recorder.invoke('p', { kind: 'end', txn, commit: true }).info('no answer');
      story.recorder.note('p', { kind: 'init', transactionalId: 't', producerId: 1, epoch: 2 });
      story.read(A, 2, [0, 'a1']);
      story.read(B, 2);
    },
  },
  {
    anomaly: 'duplicate',
    how: 'a retry landed a second time',
    about: 'a1 is at orders/0@0, and at orders/0@1',
    tell(story) {
      story.sent('p', 'a1', 0);
      story.read(A, 2, [0, 'a1'], [1, 'a1']);
    },
  },
  {
    anomaly: 'inconsistent-offsets',
    how: 'two consumers see two records in one place',
    about: 'orders/0@0 holds a1, and a2',
    tell(story) {
      for (const value of ['a1', 'a2']) {
        story.recorder.invoke('p', { kind: 'send', records: [{ partition: A, value }] }).info('no answer');
      }
      story.polled('c', { [A]: [[0, 'a1']] });
      story.polled('d', { [A]: [[0, 'a2']] });
    },
  },
  {
    anomaly: 'inconsistent-offsets',
    how: 'it is not where it was acknowledged',
    about: 'a1 was acknowledged at orders/0@4, and is at orders/0@5',
    tell(story) {
      story.sent('p', 'a1', 4);
      story.polled('c', { [A]: [[5, 'a1']] });
    },
  },
];
