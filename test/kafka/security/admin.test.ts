import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS, type KafkaServer, serveKafka } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';

let world: World;
beforeEach(() => {
  world = openWorld();
});
afterEach(() => world.close());

const salted = { iterations: 4096, salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32, 1) };
const creation = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
};
const any = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};

describe('access rules', () => {
  test('are made, found and deleted one by one', async () => {
    const { results } = await world.client.call('CreateAcls', {
      creations: [
        creation,
        { ...creation, host: 'db.example' },
        { ...creation, resourceType: 7 },
        { ...creation, permissionType: 2 },
      ],
    });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([
      0,
      KAFKA_ERRORS.INVALID_REQUEST,
      KAFKA_ERRORS.INVALID_REQUEST,
      0,
    ]);
    const found = await world.client.call('DescribeAcls', {
      ...any,
      patternTypeFilter: 2,
      resourceTypeFilter: 2,
      resourceNameFilter: 'orders',
    });
    expect(found.resources).toMatchObject([
      {
        resourceType: 2,
        resourceName: 'orders',
        patternType: 3,
        acls: [{ permissionType: 3, operation: 3 }, { permissionType: 2 }],
      },
    ]);
    const { filterResults } = await world.client.call('DeleteAcls', {
      filters: [
        { ...any, permissionType: 2 },
        { ...any, resourceTypeFilter: 0 },
        { ...any, resourceTypeFilter: 6 },
      ],
    });
    expect(filterResults.map(({ errorCode, matchingAcls }) => [errorCode, matchingAcls.length])).toEqual([
      [0, 1],
      [KAFKA_ERRORS.INVALID_REQUEST, 0],
      [0, 0],
    ]);
    expect(await world.platform.acls.list()).toHaveLength(1);
  });

  test('are made, found and deleted by kafkajs', async () => {
    const server: KafkaServer = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0 });
    const admin = new Kafka({ brokers: [`127.0.0.1:${server.port}`], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const acl = {
      resourceType: 2,
      resourceName: 'orders.',
      resourcePatternType: 4,
      principal: 'User:alice',
      host: '*',
      operation: 3,
      permissionType: 3,
    };
    await admin.createAcls({ acl: [acl] });
    expect(await world.platform.acls.list()).toMatchObject([
      { operation: 'READ', resource: { pattern: 'PREFIXED', name: 'orders.' } },
    ]);
    const filter = {
      resourceType: 2,
      resourcePatternType: 2,
      resourceName: 'orders.new',
      operation: 1,
      permissionType: 1,
    };
    expect((await admin.describeAcls(filter)).resources).toMatchObject([
      { resourceName: 'orders.', acls: [{ principal: 'User:alice' }] },
    ]);
    await admin.deleteAcls({ filters: [filter] });
    expect(await world.platform.acls.list()).toEqual([]);
    await admin.disconnect();
    await server.close();
  });
});

describe('users’ credentials', () => {
  const alter = (request: object) =>
    world.client.call('AlterUserScramCredentials', { deletions: [], upsertions: [], ...request });

  test.each<[string, object, keyof typeof KAFKA_ERRORS]>([
    [
      'too few iterations',
      { upsertions: [{ name: 'a', mechanism: 1, ...salted, iterations: 4095 }] },
      'UNACCEPTABLE_CREDENTIAL',
    ],
    [
      'too many iterations',
      { upsertions: [{ name: 'a', mechanism: 1, ...salted, iterations: 16_385 }] },
      'UNACCEPTABLE_CREDENTIAL',
    ],
    ['no name', { upsertions: [{ name: '', mechanism: 1, ...salted }] }, 'UNACCEPTABLE_CREDENTIAL'],
    [
      'no salt',
      { upsertions: [{ name: 'a', mechanism: 1, ...salted, salt: Buffer.alloc(0) }] },
      'UNACCEPTABLE_CREDENTIAL',
    ],
    [
      'a salted password of another length',
      { upsertions: [{ name: 'a', mechanism: 2, ...salted }] },
      'UNACCEPTABLE_CREDENTIAL',
    ],
    ['an unknown mechanism', { upsertions: [{ name: 'a', mechanism: 3, ...salted }] }, 'UNSUPPORTED_SASL_MECHANISM'],
    [
      'a user twice',
      { upsertions: [{ name: 'a', mechanism: 1, ...salted }], deletions: [{ name: 'a', mechanism: 2 }] },
      'DUPLICATE_RESOURCE',
    ],
    ['what is not there', { deletions: [{ name: 'a', mechanism: 1 }] }, 'RESOURCE_NOT_FOUND'],
  ])('%s: refused', async (_, request, error) => {
    expect((await alter(request)).results).toMatchObject([{ errorCode: KAFKA_ERRORS[error] }]);
    expect(await world.gateway.parts.security.credentials.list()).toEqual([]);
  });

  test('are kept, shown without what is kept of them, and taken', async () => {
    await alter({
      upsertions: [
        { name: 'a', mechanism: 1, ...salted },
        { name: 'b', mechanism: 1, ...salted },
      ],
    });
    const { results } = await world.client.call('DescribeUserScramCredentials', {
      users: [{ name: 'a' }, { name: 'c' }, { name: 'b' }, { name: 'b' }],
    });
    expect(results).toMatchObject([
      { user: 'a', errorCode: 0, credentialInfos: [{ mechanism: 1, iterations: 4096 }] },
      { user: 'c', errorCode: KAFKA_ERRORS.RESOURCE_NOT_FOUND },
      { user: 'b', errorCode: KAFKA_ERRORS.DUPLICATE_RESOURCE },
    ]);
    await alter({ deletions: [{ name: 'a', mechanism: 1 }] });
    const all = await world.client.call('DescribeUserScramCredentials', { users: null });
    expect(all.results.map(({ user }) => user)).toEqual(['b']);
  });
});
