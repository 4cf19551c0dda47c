import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign, type Candidate, type Targets } from '../../lib/group/assign.ts';
import { countOf, NO_PARTITIONS, type PartitionSet } from '../../lib/group/partitions.ts';

const A = 'topic-a';
const B = 'topic-b';

function candidate(id: string, topicIds: string[], target: PartitionSet = NO_PARTITIONS): Candidate {
  return { id, order: id, topicIds: new Set(topicIds), target, assigned: target };
}

function counts(targets: Targets): number[] {
  return [...targets.values()].map(countOf);
}

function moved(before: Targets, after: Targets): number {
  let count = 0;
  for (const [id, set] of after) {
    for (const [topicId, partitions] of set) {
      const had = new Set(before.get(id)?.get(topicId));
      count += partitions.filter((partition) => !had.has(partition)).length;
    }
  }
  return count;
}

function again(ids: string[], topicIds: string[], before: Targets): Candidate[] {
  return ids.map((id) => candidate(id, topicIds, before.get(id)));
}

describe('the uniform assignor', () => {
  test('gives each an even share in one run, the first ones one more', () => {
    const targets = assign(
      'uniform',
      ['a', 'b', 'c'].map((id) => candidate(id, [A])),
      new Map([[A, 8]]),
    );
    expect([...targets.values()].map((set) => set.get(A))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
  });

  test('moves only as many partitions to a newcomer as its share, and of each topic', () => {
    const topics = new Map([
      [A, 10],
      [B, 10],
    ]);
    const before = assign('uniform', [candidate('a', [A, B])], topics);
    const after = assign('uniform', again(['a', 'b'], [A, B], before), topics);
    expect(moved(before, after)).toBe(10);
    expect(after.get('b')!.get(A)).toHaveLength(5);
    expect(after.get('b')!.get(B)).toHaveLength(5);
  });

  test('gives what a leaver had to the others, who keep all of theirs', () => {
    const topics = new Map([[A, 9]]);
    const before = assign(
      'uniform',
      ['a', 'b', 'c'].map((id) => candidate(id, [A])),
      topics,
    );
    const after = assign('uniform', again(['a', 'c'], [A], before), topics);
    expect(moved(before, after)).toBe(3);
    expect(counts(after).sort()).toEqual([4, 5]);
  });

  test('moves what the giver does not hold yet before what it does', () => {
    const target = new Map([[A, [0, 1, 2, 3]]]);
    const giver = { ...candidate('a', [A], target), assigned: new Map([[A, [2, 3]]]) };
    const targets = assign('uniform', [giver, candidate('b', [A])], new Map([[A, 4]]));
    expect(targets.get('a')!.get(A)).toEqual([2, 3]);
  });

  test('lets members beyond the partitions stand by, and does not take from those who have', () => {
    const topics = new Map([[A, 2]]);
    const before = assign(
      'uniform',
      ['c', 'd'].map((id) => candidate(id, [A])),
      topics,
    );
    const after = assign('uniform', again(['a', 'b', 'c', 'd'], [A], before), topics);
    expect(counts(after)).toEqual([0, 0, 1, 1]);
  });

  test('gives a topic only to those who subscribe to it, and evens out the rest around that', () => {
    const targets = assign(
      'uniform',
      [candidate('a', [A, B]), candidate('b', [A])],
      new Map([
        [A, 4],
        [B, 4],
      ]),
    );
    expect(targets.get('b')!.get(B)).toBeUndefined();
    expect(counts(targets)).toEqual([4, 4]);
  });

  test('any change of members and topics leaves each partition with one subscriber, within one of each other', () => {
    const step = fc.record({
      ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 }),
      sizes: fc.tuple(fc.nat(20), fc.nat(20)),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let targets: Targets = new Map();
        for (const { ids, sizes } of steps) {
          const topics = new Map([
            [A, sizes[0]],
            [B, sizes[1]],
          ]);
          targets = assign('uniform', again(ids, [A, B], targets), topics);
          const all = [...targets.values()].flatMap((set) =>
            [...set].flatMap(([id, list]) => list.map((p) => `${id}/${p}`)),
          );
          expect(new Set(all).size).toBe(all.length);
          expect(all.length).toBe(sizes[0] + sizes[1]);
          const each = counts(targets);
          expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test('10,000 partitions over 1,000 members take moments, not minutes', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `member-${i}`);
    const started = performance.now();
    const targets = assign(
      'uniform',
      ids.map((id) => candidate(id, [A])),
      new Map([[A, 10_000]]),
    );
    expect(new Set(counts(targets))).toEqual(new Set([10]));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('the range assignor', () => {
  test('gives equal partitions of equal topics to one member', () => {
    const targets = assign(
      'range',
      ['b', 'a'].map((id) => candidate(id, [A, B])),
      new Map([
        [A, 3],
        [B, 3],
      ]),
    );
    expect(targets.get('a')).toEqual(
      new Map([
        [A, [0, 1]],
        [B, [0, 1]],
      ]),
    );
    expect(targets.get('b')).toEqual(
      new Map([
        [A, [2]],
        [B, [2]],
      ]),
    );
  });
});
