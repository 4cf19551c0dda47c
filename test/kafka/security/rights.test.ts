import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HANDLERS } from '../../../lib/kafka/handlers/index.ts';
import { type ApiName, KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { CLUSTER_RIGHTS } from './rights-cluster.ts';
import type { Entry } from './rights-entry.ts';
import { GROUP_RIGHTS } from './rights-groups.ts';
import { TOPIC_RIGHTS } from './rights-topics.ts';
import { openRightsWorld, type RightsWorld } from './rights-world.ts';

/** What asks for nothing, and is answered to everybody. */
const OPEN: readonly ApiName[] = [
  'ApiVersions',
  'SaslHandshake',
  'SaslAuthenticate',
  'DescribeCluster',
  'ListTransactions',
];

const CASES = [TOPIC_RIGHTS, GROUP_RIGHTS, CLUSTER_RIGHTS].flatMap((rights) =>
  (Object.keys(rights) as ApiName[])
    .filter((api) => HANDLERS[api])
    .flatMap((api) =>
      rights[api]!.map((entry, i) => ({
        api,
        entry: entry as Entry<ApiName>,
        title: i === 0 ? api : `${api} (${i + 1})`,
      })),
    ),
);

let world: RightsWorld;
beforeEach(async () => {
  world = await openRightsWorld();
});
afterEach(() => world.close());

test('every handler stands in the table, once', () => {
  const handled = Object.keys(HANDLERS).sort();
  expect([...CASES.map(({ api }) => api), ...OPEN].filter((api, i, all) => all.indexOf(api) === i).sort()).toEqual(
    handled,
  );
});

describe.each(CASES)('$title', ({ api, entry: { ask, needs, instead = [], refused } }) => {
  if (refused) {
    test('is refused without rights, and the same where nothing is there', async () => {
      expect(await world.refusals(api, ask)).toEqual([KAFKA_ERRORS[refused]]);
      await world.platform.topics.delete('orders');
      expect(await world.refusals(api, ask)).toEqual([KAFKA_ERRORS[refused]]);
    });
  }

  test('is done with the rights that it needs', async () => {
    await world.allow(needs);
    expect(await world.refusals(api, ask)).toEqual([]);
  });

  test('is done for a super user', async () => {
    expect(await world.refusals(api, ask, 'User:admin')).toEqual([]);
  });

  for (const [i, [operation, { type }]] of needs.entries()) {
    test(`is refused without ${operation} of ${type}`, async () => {
      await world.allow(needs.filter((_, at) => at !== i));
      expect(await world.refusals(api, ask)).not.toEqual([]);
    });
  }

  for (const [operation, resource] of instead) {
    test(`is done with ${operation} of ${resource.type} instead`, async () => {
      await world.allow([[operation, resource]]);
      expect(await world.refusals(api, ask)).toEqual([]);
    });
  }
});
