import { describe, expect, test } from 'vitest';
import type { FreshShare } from '../../lib/log/rebuild/survey.ts';
import { type KnownTransaction, settleTransactions } from '../../lib/log/rebuild/transactions.ts';
import type { TransactionPart } from '../../lib/log/transactions/part.ts';

const EMPTY = { id: 'empty', sizeBytes: 1 };
const TO = { topicId: 't', width: 32, partition: 0 };

/** A share of one batch of two offsets, or of a marker, of producer 7; `others`: with a batch of no transaction behind it. */
function share(appendTimeMs: number, epoch: number, part: TransactionPart, others = 0): FreshShare {
  const span = part === 'events' ? 2 : 1;
  const run = { slot: 0, position: 0, lengthBytes: 10, span: span + others, maxTimestampMs: 0 };
  const commit = { object: { id: `${appendTimeMs}`, sizeBytes: 10 }, appendTimeMs, absolute: false, runs: [run] };
  const transactional = [{ slot: 0, producerId: 7, epoch, part, at: 0, span }];
  return { commit, sequence: undefined, batches: others > 0 ? 2 : 1, transactional };
}

function settle(shares: readonly FreshShare[], openEpoch: number, begunMs: number) {
  const known: KnownTransaction = {
    ...{ name: 'mover', producerId: 7, epoch: openEpoch, partitions: [TO] },
    ...{ begunMs, decision: undefined },
  };
  const { commits, open, ignored } = settleTransactions(
    shares,
    { open: [], ends: [0] },
    { known: [known], areAll: true, producers: new Set() },
    EMPTY,
  );
  const aborted = commits.flatMap(({ commit }) => (commit.aborted ?? []).map((one) => [commit.object.id, one]));
  return { aborted, ignored, open: open.partitions.map(({ epoch, firstOffset }) => [epoch, firstOffset]) };
}

describe('the order of objects is not that of commits, where clocks differ', () => {
  test('events behind the marker that committed them are committed, and those of the next transaction open', () => {
    const settled = settle([share(1, 4, 'commit'), share(2, 3, 'events'), share(3, 4, 'events')], 4, 0);
    expect(settled.aborted).toEqual([]);
    expect(settled.open).toEqual([[4, 3]]);
  });

  test('a marker behind the first events of the next transaction ends its own alone', () => {
    const shares = [share(1, 3, 'events'), share(2, 4, 'events'), share(3, 4, 'abort'), share(4, 4, 'events')];
    const settled = settle(shares, 4, 2);
    expect(settled.aborted).toEqual([['3', { slot: 0, producerId: 7, firstOffset: 0, markerAt: 0 }]]);
    expect(settled.open).toEqual([[4, 2]]);
  });
});

test('what came late beside events of others is void by itself: these stay, and so does what follows', () => {
  const shares = [share(1, 4, 'abort'), share(2, 4, 'events'), share(3, 3, 'events', 5), share(4, 4, 'events')];
  const settled = settle(shares, 4, 2);
  expect(settled).toEqual({
    aborted: [
      ['1', { slot: 0, producerId: 7, firstOffset: 0, markerAt: 0 }],
      ['3', { slot: 0, producerId: 7, firstOffset: 3, markerAt: 2 }],
    ],
    ignored: 0,
    open: [[4, 1]],
  });
});

test('by version 1, a marker ends what is open in its epoch, unless it is of an end that failed', () => {
  const shares = [share(1, 4, 'events'), share(2, 4, 'commit'), share(4, 4, 'events'), share(5, 4, 'abort')];
  const settled = settle(shares, 4, 3);
  expect(settled).toEqual({ aborted: [], ignored: 1, open: [[4, 3]] });
});

test('what nothing knows stays open where not all is known, but for what a later transaction shows to be over', () => {
  const shares = [share(1, 3, 'events'), share(2, 4, 'events')];
  const settled = (areAll: boolean, ...readable: number[]) => {
    const known = { known: [], areAll, producers: new Set(readable) };
    const { open, left, commits } = settleTransactions(shares, { open: [], ends: [0] }, known, EMPTY);
    const aborted = commits.flatMap(({ commit }) => (commit.aborted ?? []).map(({ firstOffset }) => firstOffset));
    return { open: open.partitions.map(({ epoch }) => epoch), left: left.map(({ epoch }) => epoch), aborted };
  };
  expect(settled(true)).toEqual({ open: [], left: [], aborted: [0, 2] });
  expect(settled(false)).toEqual({ open: [4], left: [4], aborted: [0] });
  // A producer id is of one transactional id for good: that of an item which can be read is not that of another.
  expect(settled(false, 8)).toEqual(settled(false));
  expect(settled(false, 7)).toEqual(settled(true));
});
