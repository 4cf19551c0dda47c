import { describe, expect, test } from 'vitest';
import { requireConfig } from '../../lib/route/config.ts';
import type { BatchRange, Lease } from '../../lib/route/lease.ts';
import { NO_COUNTS } from '../../lib/route/progress.ts';
import { beginReadings } from '../../lib/route/reading.ts';
import type { Sink } from '../../lib/route/sink.ts';
import { jsonEvents, RouteWorld } from './world.ts';

const GROUP = 'route.copy';

/** A topic of 30 events, of which the route has committed `committed`, and a worker that begins after `begun`. */
async function begin(committed: number | undefined, begun: BatchRange | undefined) {
  const world = new RouteWorld();
  const { topics, events, groups, log, random } = world.process();
  const { topicId } = await world.finish(topics.create('t', { partitions: 1 }));
  await world.finish(events.produce('t', jsonEvents(Array.from({ length: 30 }, (_, i) => [null, i]))));
  if (committed !== undefined) {
    await world.finish(groups.commit(GROUP, [{ topic: 't', partition: 0, offset: committed }], 'anyone'));
  }
  const { policy } = requireConfig({ 'connector.class': 'topic', topics: 't', 'topic.name': 'copy' });
  const lease: Lease = {
    place: { route: 'copy', topic: 't', topicId, ledger: 0 },
    epoch: 2,
    owner: 'later',
    generation: 0,
    batches: new Map(begun ? [[0, begun]] : []),
    counts: NO_COUNTS,
  };
  const sink: Sink = {
    className: 'test.Sink',
    order: 'partition',
    sameBatches: true,
    batchEventsMax: 1_000,
    batchBytesMax: 1 << 20,
    deliver: async () => [],
  };
  const compiled = { name: 'copy', id: 'r', filter: undefined, transform: undefined, sink, policy };
  const parts = { events, groups, log, clock: world.clock, random };
  const [reading] = await world.finish(beginReadings(parts, lease, { ...compiled, offsetReset: 'earliest' }, [0]));
  return { reads: reading!.window.end, pending: reading!.pending, handed: reading!.handed };
}

describe('a worker that succeeds one that was killed', () => {
  test('delivers the batch that was begun as it was', async () => {
    const begun = { from: 10, to: 20 };
    expect(await begin(10, begun)).toEqual({ reads: 10, pending: begun, handed: 10 });
  });

  test('does not go back behind the batch that was begun, whose predecessors were delivered but not committed', async () => {
    const begun = { from: 10, to: 20 };
    expect(await begin(4, begun)).toEqual({ reads: 10, pending: begun, handed: 10 });
    expect(await begin(undefined, begun)).toEqual({ reads: 10, pending: begun, handed: 10 });
  });

  test('goes back to the beginning of a batch that was committed in part: its key is that of the whole', async () => {
    const begun = { from: 10, to: 20 };
    expect(await begin(15, begun)).toEqual({ reads: 10, pending: begun, handed: 10 });
  });

  test('goes on behind a batch that was committed', async () => {
    expect(await begin(20, { from: 10, to: 20 })).toEqual({ reads: 20, pending: undefined, handed: 20 });
  });
});
