import { A } from '../story.ts';
import type { Planted } from './planted.ts';

/** Who was replaced does nothing more, and offsets stay. */
export const MEMBERS: readonly Planted[] = [
  {
    anomaly: 'fenced-producer',
    how: 'a late send of the producer before',
    about: "zombie's send of transaction 0 was accepted; t was producer 1, epoch 1, by then",
    tell(story) {
      story.recorder.note('zombie', { kind: 'init', transactionalId: 't', producerId: 1, epoch: 0 });
      const txn = story.begun('zombie', { transactionalId: 't', producerId: 1, epoch: 0 });
      story.recorder.note('next', { kind: 'init', transactionalId: 't', producerId: 1, epoch: 1 });
      story.sent('zombie', 'a1', 0, { txn });
    },
  },
  {
    anomaly: 'fenced-producer',
    how: 'a late end of the producer before',
    about: "zombie's end of transaction 0 was accepted",
    tell(story) {
      story.recorder.note('zombie', { kind: 'init', transactionalId: 't', producerId: 1, epoch: 0 });
      const txn = story.begun('zombie', { transactionalId: 't', producerId: 1, epoch: 0 });
      story.sent('zombie', 'a1', 0, { txn });
      story.recorder.note('next', { kind: 'init', transactionalId: 't', producerId: 2, epoch: 0 });
      story.ended('zombie', txn);
    },
  },
  {
    anomaly: 'shared-partition',
    how: 'both are told, and both go on',
    about: 'orders/0 of group g was with m1 and with m2',
    tell(story) {
      story.assigned('m1', 1, A);
      story.assigned('m2', 2, A);
      story.beat('m1', 1);
      story.beat('m2', 2);
    },
  },
  {
    anomaly: 'shared-partition',
    how: 'two processes have one member id, and both go on',
    about: 'orders/0 of group g was with m and with m',
    tell({ recorder }) {
      const of = { group: 'g', member: 'm', generation: 1 } as const;
      for (const process of ['p1', 'p2']) recorder.note(process, { kind: 'assign', ...of, partitions: [A] });
      for (const process of ['p1', 'p2']) recorder.note(process, { kind: 'heartbeat', ...of });
    },
  },
  {
    anomaly: 'shared-partition',
    how: 'a static member is not fenced by the one that came under its instance id',
    about: 'orders/0 of group g was with twin-1 and with twin-2',
    tell(story) {
      story.assigned('twin-1', 1, A);
      story.assigned('twin-2', 1, A);
      story.committed('twin-1', 1, 5);
      story.beat('twin-2', 1);
    },
  },
  {
    anomaly: 'fenced-commit',
    how: 'another member has the partition by then',
    about: 'accepted offsets of m1, generation 1',
    tell(story) {
      story.assigned('m1', 1, A);
      story.assigned('m2', 2, A);
      story.recorder.note('m1', { kind: 'revoke', group: 'g', member: 'm1' });
      story.committed('m1', 1, 5);
    },
  },
  {
    anomaly: 'fenced-commit',
    how: 'the member was told that it is none',
    about: 'accepted offsets of m1, generation 1',
    tell(story) {
      story.assigned('m1', 1, A);
      const beat = { kind: 'heartbeat', group: 'g', member: 'm1', generation: 1 } as const;
      story.recorder.invoke('m1', beat).fail('unknown member');
      story.committed('m1', 1, 5);
    },
  },
  {
    anomaly: 'skipped-by-group',
    how: 'the next member begins behind it',
    options: { atLeastOnce: new Set(['g']) },
    about: 'group g committed 3 in orders/0, and had not got a2 at 1',
    tell(story) {
      for (const i of [0, 1, 2]) story.sent('p', `a${i + 1}`, i);
      const poll = { kind: 'poll', isolation: 'committed', group: 'g' } as const;
      story.recorder.note('m1', { ...poll, records: { [A]: [[0, 'a1']] } });
      story.assigned('m2', 2, A);
      story.recorder.note('m2', { ...poll, records: { [A]: [[2, 'a3']] } });
      story.committed('m2', 2, 3);
      story.polled('other', { [A]: [[1, 'a2']] });
    },
  },
  {
    anomaly: 'offset-back',
    how: 'an older commit shows',
    about: 'orders/0: 5, after 9 was committed',
    tell(story) {
      story.committed('m1', 1, 5);
      story.committed('m1', 1, 9);
      story.offset(5);
    },
  },
  {
    anomaly: 'offset-back',
    how: 'a late commit of an earlier generation landed after one of the next',
    about: 'orders/0: 5, after 9 was committed',
    tell(story) {
      const commit = { kind: 'commit', group: 'g', member: 'm1', generation: 1, offsets: { [A]: 5 } } as const;
      story.recorder.invoke('m1', commit).info('no answer');
      story.committed('m2', 2, 9);
      story.offset(5);
    },
  },
  {
    anomaly: 'offset-back',
    how: 'there is none any more',
    about: 'orders/0: no offset, after 5 was committed',
    tell(story) {
      story.committed('m1', 1, 5);
      story.offset();
    },
  },
  {
    anomaly: 'phantom-offset',
    how: 'nobody committed it',
    about: 'orders/0: 6 was committed by nobody',
    tell(story) {
      story.committed('m1', 1, 5);
      story.offset(6);
    },
  },
];
