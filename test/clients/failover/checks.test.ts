import { expect, it } from 'vitest';
import type { MemberEvent } from '../members.ts';
import { commitsThatWentBack, ownedByTwo, owners, wronglyStored } from './checks.ts';

const events = (...rows: readonly [string, number, string, unknown][]) =>
  rows.map(([name, atMs, event, what]) => ({ name, atMs, event, what }) as MemberEvent);

it('a partition that a member was given before another gave it up is seen', () => {
  const handed = events(['a', 1, 'assigned', [0, 1]], ['a', 5, 'revoked', [1]], ['b', 6, 'assigned', [1]]);
  expect(ownedByTwo(handed)).toEqual([]);
  expect(owners(handed)).toEqual(
    new Map(
      [
        [1, ['b']],
        [0, ['a']],
      ].toSorted() as [number, string[]][],
    ),
  );
  const early = events(['a', 1, 'assigned', [1]], ['b', 4, 'assigned', [1]], ['a', 5, 'lost', [1]]);
  expect(ownedByTwo(early)).toEqual(['b had 1 at 4, a until 5']);
});

it('a commit behind an earlier one is seen, whoever made it', () => {
  const rows = events(['a', 1, 'committed', { 0: 5 }], ['b', 2, 'committed', { 0: 5, 1: 3 }]);
  expect(commitsThatWentBack(rows)).toEqual([]);
  expect(commitsThatWentBack([...rows, ...events(['a', 3, 'committed', { 1: 2 }])])).toHaveLength(1);
});

it('records that are missing, doubled or out of order are seen', () => {
  expect(
    wronglyStored(
      [[0, 0, 'p:0']],
      [
        [0, 0, 'p:0'],
        [0, 1, 'p:1'],
        [1, 0, 'p:2'],
      ],
    ),
  ).toEqual([]);
  expect(wronglyStored([[0, 0, 'p:0']], [])).toEqual(['p:0 is not at 0/0']);
  expect(
    wronglyStored(
      [[0, 0, 'p:0']],
      [
        [0, 0, 'p:0'],
        [0, 1, 'p:0'],
      ],
    ),
  ).toEqual(['p:0 is at 0/1, after 0']);
  expect(
    wronglyStored(
      [],
      [
        [0, 0, 'p:1'],
        [0, 1, 'p:0'],
      ],
    ),
  ).toEqual(['p:0 is at 0/1, after 1']);
});
