import { inspect } from 'node:util';
import type { SQSRecord } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import { bufferedMessage } from '../../functions/buffer.ts';
import { ingestHandler } from '../../functions/ingest.ts';
import type { BufferedProduce } from '../../lib/http/index.ts';
import { type MeteredStores, memoryStores, meteredStores } from '../../lib/store/index.ts';
import { type Process, RouteWorld, readAll } from '../route/world.ts';
import { seededRandom } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { message, recordingLogger, SENT_AT_MS } from './deliveries.ts';

const JSON_TYPE = 'application/vnd.kafka.json.v2+json';

let world: RouteWorld;
let process: Process;
let metered: MeteredStores;

beforeEach(async () => {
  metered = meteredStores(memoryStores());
  world = new RouteWorld(metered);
  process = world.process();
  await process.topics.create('orders', { partitions: 1, config: { 'max.message.bytes': '1000' } });
});

/** A message as the HTTP API puts it in the queue, and as Lambda takes it out. */
function queued(id: string, request: Partial<BufferedProduce> | readonly unknown[], group?: string): SQSRecord {
  const over = Array.isArray(request)
    ? { body: JSON.stringify({ records: request.map((value) => ({ value })) }) }
    : (request as Partial<BufferedProduce>);
  const { MessageBody, MessageAttributes } = bufferedMessage({
    topic: 'orders',
    partition: undefined,
    contentType: JSON_TYPE,
    body: '{"records":[{"value":1}]}',
    idempotencyKey: undefined,
    ...over,
  });
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue }]) => [
      name,
      { stringValue: StringValue, dataType: 'String' as const },
    ]),
  );
  return message(id, MessageBody, { messageAttributes, ...(group !== undefined && { group }) });
}

const logger = recordingLogger();

function ingest(messages: readonly SQSRecord[], { events } = process) {
  return world.finish(ingestHandler({ events, logger })({ Records: messages }));
}

const names = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
const values = async (topic = 'orders', from = process) =>
  (await readAll(from.events, topic)).map(({ value }) => value);

describe('buffered produce', () => {
  it('stores a batch of messages for several topics as one object', async () => {
    const topics = ['visits', 'clicks', 'views'];
    for (const topic of topics) await process.topics.create(topic, { partitions: 4 });
    const messages = Array.from({ length: 100 }, (_, i) => queued(`m-${i}`, { topic: topics[i % 3]! }));
    metered.reset();
    expect(await ingest(messages)).toEqual(names());
    const meters = metered.meters();
    expect(meters['object.put'].requests).toBe(1);
    // One head for each topic.
    expect(meters['item.write'].requests).toBe(3);
    expect(meters['item.transact'].requests).toBe(0);
  });

  it('costs one write unit for a hundred messages, and would cost two hundred with a key for each', async () => {
    const plain = Array.from({ length: 99 }, (_, i) => queued(`m-${i}`, [i]));
    const keyed = plain.map((_, i) => queued(`k-${i}`, { idempotencyKey: `key-${i}` }));
    metered.reset();
    await ingest(plain);
    expect(metered.meters()['item.write'].units + metered.meters()['item.transact'].units).toBeLessThanOrEqual(2);
    metered.reset();
    await ingest(keyed);
    expect(metered.meters()['item.transact'].units).toBeGreaterThanOrEqual(200);
  });

  it('keeps keys, headers, partitions and times, and takes the time of sending where none is given', async () => {
    await process.topics.create('visits', { partitions: 4 });
    const body = JSON.stringify({
      records: [
        { key: 'ada', value: { page: 1 }, headers: [{ name: 'h', value: 'AQI=' }], timestamp: 7 },
        { value: { page: 2 } },
      ],
    });
    expect(await ingest([queued('m', { topic: 'visits', body, partition: 3 })])).toEqual(names());
    expect(await readAll(process.events, 'visits', 3)).toMatchObject([
      { key: '"ada"', value: '{"page":1}', headers: { h: '\u0001\u0002' } },
      { key: null, value: '{"page":2}' },
    ]);
    const found = await process.events.offsetForTime('visits', 3, SENT_AT_MS);
    expect(found).toMatchObject({ offset: 1, timestampMs: SENT_AT_MS });
  });

  it('takes characters that no SQS message can have', async () => {
    const strange = queued('m', ['\uFFFE']);
    expect(strange.body).not.toContain('\uFFFE');
    expect(await ingest([strange])).toEqual(names());
    expect(await values()).toEqual(['"\uFFFE"']);
  });

  it('says at once where such characters make a message too large', () => {
    const large = queued.bind(undefined, 'm', [`\uFFFE${'x'.repeat(900_000)}`]);
    expect(large).toThrow(expect.objectContaining({ code: 'body_too_large' }));
  });

  it('reports each bad message by itself, with the reason in the log and nothing of its content', async () => {
    const secret = 'hunter2';
    const attributes = queued('', []).messageAttributes;
    const bad: [string, SQSRecord, why: RegExp][] = [
      ['no-attributes', message('', secret), /"topic" is missing/],
      ['no-type', message('', secret, { messageAttributes: { topic: attributes.topic! } }), /"contentType" is missing/],
      ['type', queued('', { contentType: 'text/plain' }), /Content-Type "text\/plain" is not supported/],
      ['json', queued('', { body: `{"records":[{"value":${secret}}]}` }), /json/i],
      ['empty', queued('', []), /at least one record/],
      ['partition', queued('', { partition: 9 }), /there is no 9/],
      ['odd-partition', queued('', { partition: -1 }), /"partition" is a whole number/],
      ['large', queued('', [secret.repeat(500)]), /max.message.bytes/],
      ['base64', { ...queued('', ['\uFFFE']), body: '***' }, /"encoding" is base64/],
      ['topic', queued('', { topic: 'nowhere' }), /Topic 'nowhere' does not exist/],
    ];
    for (const [id, one, why] of bad) {
      logger.lines.length = 0;
      const answer = await ingest([queued('1', ['a']), { ...one, messageId: id }, queued('2', ['b'])]);
      expect(answer).toEqual(names(id));
      const said = inspect(logger.lines, { depth: null });
      expect(said).toMatch(why);
      expect(said).toContain(`id: '${id}'`);
      expect(said).not.toContain(secret);
    }
    expect(await values()).toHaveLength(2 * bad.length);
  });

  it('stores a message whole or not at all', async () => {
    expect(await ingest([queued('m', ['good', 'x'.repeat(2_000)])])).toEqual(names('m'));
    expect(await values()).toEqual([]);
  });

  it('stores what has an idempotency key once, in whatever batch it comes again', async () => {
    const once = queued('m', { idempotencyKey: 'order-7' });
    const again = { ...once, messageId: 'sent-twice' };
    expect(await ingest([once, queued('1', ['a'])])).toEqual(names());
    expect(await ingest([queued('2', ['b']), again], world.process())).toEqual(names());
    expect((await values()).sort()).toEqual(['"a"', '"b"', '1']);
  });

  it('refuses a key that was used for something else', async () => {
    await ingest([queued('m', { idempotencyKey: 'order-7' })]);
    const other = queued('n', { idempotencyKey: 'order-7', body: '{"records":[{"value":2}]}' });
    expect(await ingest([other, queued('1', ['a'])])).toEqual(names('n'));
    expect(await values()).toEqual(['1', '"a"']);
  });

  it('holds back what stands behind one that is found wrong only when it is stored', async () => {
    await ingest([queued('m', { idempotencyKey: 'order-7' }, 'a')]);
    const other = queued('n', { idempotencyKey: 'order-7', body: '{"records":[{"value":2}]}' }, 'a');
    const behind = [queued('1', ['a3'], 'a'), queued('2', ['b1'], 'b')];
    expect(await ingest([other, ...behind])).toEqual(names('n', '1'));
    expect(await values()).toEqual(['1', '"b1"']);
  });

  it('keeps FIFO groups in order, with keys and without', async () => {
    const messages = [
      queued('1', ['a1'], 'a'),
      queued('2', { idempotencyKey: 'k', body: '{"records":[{"value":"a2"}]}' }, 'a'),
      queued('3', ['a3'], 'a'),
      queued('4', ['x'.repeat(2_000)], 'b'),
      queued('5', ['b2'], 'b'),
    ];
    expect(await ingest(messages)).toEqual(names('4', '5'));
    expect(await values()).toEqual(['"a1"', '"a2"', '"a3"']);
  });

  it.each([1, 2, 3])('loses nothing whatever the store does (seed %i)', async (seed) => {
    const faulty = faultyStores(memoryStores(), { clock: world.clock, random: seededRandom(seed) });
    await world.process({ stores: faulty }).topics.create('orders', { partitions: 2 });
    faulty.plan({ unavailable: 0.1, answerLost: 0.2, requestLost: 0.2, delayed: 0.05 });
    const stored = new Set<string>();
    let left = Array.from({ length: 40 }, (_, i) => queued(`m-${i}`, [`v-${i}`]));
    for (let turn = 0; left.length > 0; turn++) {
      expect(turn).toBeLessThan(200);
      const batch = left.slice(0, 7);
      const { batchItemFailures } = await ingest(batch, world.process({ stores: faulty }));
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { messageId } of batch) if (!failed.has(messageId)) stored.add(messageId);
      left = left.filter(({ messageId }) => !stored.has(messageId));
    }
    faulty.plan({});
    const healthy = world.process({ stores: faulty });
    const found = (await Promise.all([0, 1].map((p) => readAll(healthy.events, 'orders', p)))).flat();
    expect(new Set(found.map(({ value }) => value))).toEqual(new Set(Array.from({ length: 40 }, (_, i) => `"v-${i}"`)));
  });

  it('fails as a whole for what is no SQS event', async () => {
    await expect(ingest([{} as SQSRecord])).rejects.toMatchObject({ code: 'source_event_unknown' });
  });
});
