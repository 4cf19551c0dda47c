import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HANDLERS } from '../../../lib/kafka/handlers/index.ts';
import { APIS, type ApiName, KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { hastyClock } from '../../fuzz/targets/hasty-clock.ts';
import { seededRandom } from '../../support/clock.ts';
import { openWorld, type World } from '../client.ts';
import { REQUESTS } from './versions-requests.ts';

const SOFTWARE = { clientSoftwareName: 'x', clientSoftwareVersion: '1' };

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
});
afterEach(() => world.close());

const ERROR_NAMES = new Map(Object.entries(KAFKA_ERRORS).map(([name, code]) => [code as number, name]));

/** Every error code of an answer by its name, in the order in which they stand there. */
function errorsIn(answer: unknown): string[] {
  if (typeof answer !== 'object' || answer === null || answer instanceof Uint8Array) return [];
  return Object.entries(answer).flatMap(([name, value]: [string, unknown]) =>
    /errorCode$/i.test(name) ? [ERROR_NAMES.get(Number(value)) ?? `unknown: ${value}`] : errorsIn(value),
  );
}

test('there are requests for every API that is served', () => {
  expect(Object.keys(REQUESTS).sort()).toEqual(Object.keys(HANDLERS).sort());
});

const asked = (Object.keys(REQUESTS) as ApiName[]).flatMap((api) => {
  const { min, max } = APIS[api];
  const versions = Array.from({ length: max - min + 1 }, (_, i) => min + i);
  return versions.map((version) => [api, version] as const);
});

// The client decodes the answer by that version of its schema, wants every byte accounted for, and its correlation id back.
test.each(asked)('%s in version %i is answered with the errors that are due, and no other', async (api, version) => {
  const due = REQUESTS[api]!.filter(({ from = 0, to = version }) => from <= version && version <= to);
  expect(due).not.toEqual([]);
  for (const { ask, errors } of due) {
    const world = openWorld({ platform: { clock: hastyClock(), random: seededRandom(1) } });
    await world.platform.topics.create('orders', { partitions: 2 });
    expect(errorsIn(await world.client.call(api, ask, version))).toEqual(errors);
    await world.close();
  }
});

test('docs/kafka.md lists every API with its versions', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/kafka.md'), 'utf8');
  const listed = [...text.matchAll(/(?<=\| )([A-Z]\w+) \| (\d+)(?:–(\d+))? (?=\|)/g)].map(([, name, min, max]) => [
    name,
    Number(min),
    Number(max ?? min),
  ]);
  const names = Object.keys(HANDLERS) as ApiName[];
  const served = names.map((name) => [name, APIS[name].advertisedMin, APIS[name].max]);
  expect(listed.sort()).toEqual(served.sort());
});

test('ApiVersions tells every handler, Produce from 0 on, and nothing else', async () => {
  const { apiKeys, errorCode } = await world.client.call('ApiVersions', SOFTWARE);
  expect(errorCode).toBe(0);
  const names = Object.keys(HANDLERS) as ApiName[];
  expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual(names.map((name) => APIS[name].key).sort((a, b) => a - b));
  expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 12 });
  expect(apiKeys.find(({ apiKey }) => apiKey === 1)).toEqual({ apiKey: 1, minVersion: 4, maxVersion: 12 });
});

test.each([
  ['librdkafka', 'v2.0.2-29-g1a2b'],
  ['a', '1'],
  ['apache.kafka--java', '4.3.1'],
])('ApiVersions is answered to a client that is called %s, of version %s', async (name, version) => {
  const ask = { clientSoftwareName: name, clientSoftwareVersion: version };
  expect((await world.client.call('ApiVersions', ask, 3)).errorCode).toBe(KAFKA_ERRORS.NONE);
});

// Kafka takes letters, digits, and '-' and '.' between them: both names go into names of its metrics.
test.each([
  ['', '1'],
  ['x', ''],
  ['two words', '1'],
  ['-x', '1'],
  ['x.', '1'],
  ['x_y', '1'],
  ['é', '1'],
  ['x', '1+2'],
  ['x', '1\n'],
])('ApiVersions is refused from version 3 on to a client that is called %j, of version %j', async (name, version) => {
  const ask = { clientSoftwareName: name, clientSoftwareVersion: version };
  for (const since of [3, 4]) {
    const answer = await world.client.call('ApiVersions', ask, since);
    expect(answer).toMatchObject({ errorCode: KAFKA_ERRORS.INVALID_REQUEST, apiKeys: [], finalizedFeatures: [] });
  }
  expect((await world.client.call('ApiVersions', {}, 2)).errorCode).toBe(KAFKA_ERRORS.NONE);
});

test('an unknown version of ApiVersions is answered in version 0 with what would be right', async () => {
  const request = Buffer.from('00120009000000070000', 'hex');
  const frame = await world.client.session.handle(request);
  expect(Buffer.concat(frame!.parts).toString('hex')).toBe(
    '00000010' + '00000007' + '0023' + '00000001' + '001200000004',
  );
});

test.each([
  ['an unknown API', '7fff0000000000070000'],
  ['a version of Fetch that is not served', '00010010000000070000'],
  ['an API without a handler', '00230000000000070000'],
  ['no header', '0001'],
])('%s ends the connection', async (_, hex) => {
  if (HANDLERS.DescribeLogDirs && hex.startsWith('0023')) hex = '00430000000000070000';
  await expect(world.client.session.handle(Buffer.from(hex, 'hex'))).rejects.toMatchObject({
    name: 'KafkaProtocolError',
  });
});
