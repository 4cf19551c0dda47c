import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS, type KafkaErrorName } from '../../../lib/kafka/index.ts';
import { INERT_SETTINGS, TOPIC_SETTINGS } from '../../../lib/topic/index.ts';
import { openWorld, type World } from '../client.ts';

const TOPIC = 2;
const BROKER = 4;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 1, config: { 'retention.ms': '1000' } });
});
afterEach(() => world.close());

async function describeOne(resource: object, more: object = {}) {
  const resources = [{ resourceType: TOPIC, resourceName: 'orders', configurationKeys: null, ...resource }];
  return (await world.client.call('DescribeConfigs', { resources, ...more })).results[0]!;
}

const configNow = async () => (await world.platform.topics.describe('orders')).config;

describe('DescribeConfigs', () => {
  test('has all settings, defaults among them, and where they come from', async () => {
    const { configs, errorCode } = await describeOne({});
    expect(errorCode).toBe(0);
    expect(configs.map(({ name }) => name)).toEqual(
      [...TOPIC_SETTINGS, ...INERT_SETTINGS].map(({ name }) => name).sort(),
    );
    expect(configs.find(({ name }) => name === 'retention.ms')).toEqual({
      name: 'retention.ms',
      value: '1000',
      readOnly: false,
      configSource: 1,
      isSensitive: false,
      synonyms: [],
      configType: 5,
      documentation: null,
    });
    expect(configs.find(({ name }) => name === 'cleanup.policy')).toMatchObject({
      value: 'delete',
      configSource: 5,
      configType: 7,
    });
  });

  test('has synonyms and documentation where they are asked for, and only what is named', async () => {
    const asked = { configurationKeys: ['retention.ms', 'max.message.bytes'] };
    const { configs } = await describeOne(asked, { includeSynonyms: true, includeDocumentation: true });
    expect(configs.map(({ name, synonyms }) => [name, synonyms])).toEqual([
      ['max.message.bytes', [{ name: 'message.max.bytes', value: '1048588', source: 5 }]],
      [
        'retention.ms',
        [
          { name: 'retention.ms', value: '1000', source: 1 },
          { name: 'log.retention.ms', value: '604800000', source: 5 },
        ],
      ],
    ]);
    expect(configs.every(({ documentation }) => (documentation ?? '').length > 10)).toBe(true);
  });

  test('has the settings of brokers, to be read', async () => {
    const { configs } = await describeOne({ resourceType: BROKER, resourceName: '0' });
    expect(configs).toContainEqual(expect.objectContaining({ name: 'num.partitions', value: '4', readOnly: true }));
    expect(await describeOne({ resourceType: BROKER, resourceName: '7' })).toMatchObject({
      errorCode: KAFKA_ERRORS.INVALID_REQUEST,
    });
  });

  test('fails for what is not there', async () => {
    expect((await describeOne({ resourceName: 'missing' })).errorCode).toBe(KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION);
    expect((await describeOne({ resourceType: 99 })).errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
  });
});

test('AlterConfigs sets what is named and takes the rest back to its default', async () => {
  const ask = async (value: string, validateOnly = false) => {
    const resources = [{ resourceType: TOPIC, resourceName: 'orders', configs: [{ name: 'cleanup.policy', value }] }];
    return (await world.client.call('AlterConfigs', { resources, validateOnly })).responses[0]!.errorCode;
  };
  expect(await ask('compact', true)).toBe(0);
  expect(await ask('shred', true)).toBe(KAFKA_ERRORS.INVALID_CONFIG);
  expect(await configNow()).toEqual({ 'retention.ms': '1000' });
  expect(await ask('compact')).toBe(0);
  expect(await configNow()).toEqual({ 'cleanup.policy': 'compact' });
});

describe('IncrementalAlterConfigs', () => {
  async function alter(
    configs: readonly (readonly [string, number, string | null])[],
    more: object = {},
    validateOnly = false,
  ) {
    const changes = configs.map(([name, configOperation, value]) => ({ name, configOperation, value }));
    const resources = [{ resourceType: TOPIC, resourceName: 'orders', configs: changes, ...more }];
    return (await world.client.call('IncrementalAlterConfigs', { resources, validateOnly })).responses[0]!.errorCode;
  }

  test('changes what is named and leaves the rest', async () => {
    expect(await alter([['max.message.bytes', SET!, '5000']])).toBe(0);
    expect(await configNow()).toEqual({ 'retention.ms': '1000', 'max.message.bytes': '5000' });
    expect(await alter([['retention.ms', DELETE!, null]])).toBe(0);
    expect(await configNow()).toEqual({ 'max.message.bytes': '5000' });
  });

  test('appends to lists and subtracts from them, from the default on', async () => {
    expect(await alter([['cleanup.policy', APPEND!, 'compact']])).toBe(0);
    expect(await configNow()).toMatchObject({ 'cleanup.policy': 'delete,compact' });
    expect(await alter([['cleanup.policy', APPEND!, 'compact']])).toBe(0);
    expect(await alter([['cleanup.policy', SUBTRACT!, 'delete']])).toBe(0);
    expect(await configNow()).toMatchObject({ 'cleanup.policy': 'compact' });
  });

  test('only tries where it is told to', async () => {
    expect(await alter([['retention.ms', SET!, '7']], {}, true)).toBe(0);
    expect(await alter([['retention.ms', SET!, 'x']], {}, true)).toBe(KAFKA_ERRORS.INVALID_CONFIG);
    expect(await configNow()).toEqual({ 'retention.ms': '1000' });
  });

  test.each<[string, [string, number, string | null][], object, KafkaErrorName]>([
    ['an append to what is no list', [['retention.ms', 2, '1']], {}, 'INVALID_CONFIG'],
    ['an unknown setting', [['retention', 0, '1']], {}, 'INVALID_CONFIG'],
    ['an operation that is none', [['retention.ms', 9, '1']], {}, 'INVALID_REQUEST'],
    ['no value', [['retention.ms', 0, null]], {}, 'INVALID_REQUEST'],
    [
      'a setting that is named twice',
      [
        ['retention.ms', 0, '1'],
        ['retention.ms', 1, null],
      ],
      {},
      'INVALID_REQUEST',
    ],
    ['an unknown topic', [['retention.ms', 0, '1']], { resourceName: 'missing' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a broker', [['num.partitions', 0, '1']], { resourceType: 4, resourceName: '0' }, 'INVALID_REQUEST'],
  ])('refuses %s', async (_, configs, more, error) => {
    expect(await alter(configs, more)).toBe(KAFKA_ERRORS[error]);
    expect(await configNow()).toEqual({ 'retention.ms': '1000' });
  });
});
