import { A, B, type Story } from '../story.ts';
import type { Planted } from './planted.ts';

const writesInACircle = (story: Story, atomic: boolean) => {
  const [one, two] = ['p', 'q'].map((process) => story.recorder.transaction({ process, atomic })) as [number, number];
  const p = story.recorder.invoke('p', {
    kind: 'send',
    txn: one,
    records: [
      { partition: A, value: 'pa' },
      { partition: B, value: 'pb' },
    ],
  });
  story.sent('q', 'qa', 1, { txn: two });
  story.sent('q', 'qb', 0, { partition: B, txn: two });
  p.ok({
    records: [
      { partition: A, value: 'pa', offset: 0 },
      { partition: B, value: 'pb', offset: 1 },
    ],
  });
  story.ended('p', one);
  story.ended('q', two);
};

/** The log has the order in which things were sent. */
export const ORDER: readonly Planted[] = [
  {
    anomaly: 'nonmonotonic-send',
    how: 'a process sends one after the other',
    about: 'a2 at 0 was sent after a1 at 1',
    tell(story) {
      story.sent('p', 'a1', 1);
      story.sent('p', 'a2', 0);
    },
  },
  {
    anomaly: 'nonmonotonic-send',
    how: 'an idempotent producer has several under way',
    about: 'a2 at 0 was sent after a1 at 1',
    tell({ recorder }) {
      const [first, second] = ['a1', 'a2'].map((value) =>
        recorder.invoke('p', { kind: 'send', producer: 'p', records: [{ partition: A, value }] }),
      );
      second!.ok({ records: [{ partition: A, value: 'a2', offset: 0 }] });
      first!.ok({ records: [{ partition: A, value: 'a1', offset: 1 }] });
    },
  },
  {
    anomaly: 'int-nonmonotonic-send',
    how: 'a request is stored in another order',
    about: 'a2 at 0 was sent after a1 at 1',
    tell({ recorder }) {
      const records = [
        { partition: A, value: 'a1', offset: 1 },
        { partition: A, value: 'a2', offset: 0 },
      ];
      recorder.note('p', { kind: 'send', records });
    },
  },
  {
    anomaly: 'int-nonmonotonic-send',
    how: 'a transaction is stored in another order',
    about: 'a2 at 0 was sent after a1 at 1',
    tell(story) {
      const txn = story.begun('p');
      story.sent('p', 'a1', 1, { txn });
      story.sent('p', 'a2', 0, { txn });
      story.ended('p', txn);
    },
  },
  {
    anomaly: 'realtime-send',
    how: 'another process sends after the first one was acknowledged',
    about: 'b1 at 0 was sent after a1 at 1',
    tell(story) {
      story.sent('p', 'a1', 1);
      story.sent('q', 'b1', 0);
    },
  },
  {
    anomaly: 'G0',
    how: 'atomic requests stand in two orders',
    about: 'ww: qa follows pa in orders/0',
    tell: (story) => writesInACircle(story, true),
  },
  {
    anomaly: 'G0',
    how: 'transactions stand between each other where they must not',
    about: 'ww: qa follows pa in orders/0',
    options: { isolatedWrites: true },
    tell: (story) => writesInACircle(story, false),
  },
  {
    anomaly: 'G1c',
    how: 'two transactions read from each other',
    about: 'wr: p1 was read',
    tell(story) {
      const [one, two] = [story.begun('p'), story.begun('q')];
      story.sent('p', 'p1', 0, { txn: one });
      story.sent('q', 'q1', 0, { txn: two, partition: B });
      const ends = [one, two].map((txn, i) =>
        story.recorder.invoke(i === 0 ? 'p' : 'q', { kind: 'end', txn, commit: true }),
      );
      story.polled('p', { [B]: [[0, 'q1']] }, { txn: one });
      story.polled('q', { [A]: [[0, 'p1']] }, { txn: two });
      for (const end of ends) end.ok();
    },
  },
  {
    anomaly: 'G1c',
    how: 'an atomic request read what stands after it',
    about: 'wr: q2 was read',
    tell(story) {
      const [one, two] = ['p', 'q'].map((process) => story.recorder.transaction({ process, atomic: true }));
      const sending = story.recorder.invoke('p', { kind: 'send', txn: one!, records: [{ partition: A, value: 'p1' }] });
      story.sent('q', 'q1', 1, { txn: two! });
      story.sent('q', 'q2', 0, { txn: two!, partition: B });
      story.ended('q', two!);
      story.polled('p', { [B]: [[0, 'q2']] }, { txn: one! });
      sending.ok({ records: [{ partition: A, value: 'p1', offset: 0 }] });
      story.ended('p', one!);
    },
  },
];
