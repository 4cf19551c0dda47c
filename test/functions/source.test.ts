import { beforeEach, describe, expect, it } from 'vitest';
import { readSourceSettings, sourceHandler } from '../../functions/source.ts';
import { parseSource, type SourceConfig } from '../../lib/route/index.ts';
import { memoryStores, meteredStores, StoreError, type Stores } from '../../lib/store/index.ts';
import { type Process, RouteWorld, readAll } from '../route/world.ts';
import { seededRandom } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { intercepted } from '../support/intercepted.ts';
import { kinesisRecord, message, recordingLogger } from './deliveries.ts';

/** Topics keep events up to 1,000 bytes here. */
const TOO_LARGE = 'x'.repeat(2_000);
const SMALL = { 'max.message.bytes': '1000' };

let world: RouteWorld;
let process: Process;

beforeEach(async () => {
  world = new RouteWorld();
  process = world.process();
  await process.topics.create('orders', { partitions: 1, config: SMALL });
});

function handlerOf(config: Partial<SourceConfig>, { events } = process) {
  const logger = recordingLogger();
  const handle = sourceHandler({ events, logger }, parseSource({ topic: 'orders', ...config }));
  return { logger, handle: (records: readonly unknown[]) => world.finish(handle({ Records: records })) };
}

const values = async (topic = 'orders', from = process) =>
  (await readAll(from.events, topic)).map(({ value }) => value);

const failed = (...records: readonly { kinesis: { sequenceNumber: string } }[]) => ({
  batchItemFailures: records.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })),
});

const shard = (...all: readonly string[]) => all.map((value, i) => kinesisRecord(i, `key-${i}`, value));

/** Stores whose items refuse to be written where `breaks` says so. */
function breakable(): { stores: Stores; break: (when: (pk: string) => boolean) => void } {
  const memory = memoryStores();
  let breaks: (pk: string) => boolean = () => false;
  const refuse = (pk: string) => {
    if (breaks(pk)) throw new StoreError('store_unavailable', 'The store is unavailable (broken by the test).');
  };
  const items = intercepted(memory.items, {
    write: async (write) => {
      refuse(write.key.pk);
      return memory.items.write(write);
    },
    transact: async (writes) => {
      for (const { key } of writes) refuse(key.pk);
      return memory.items.transact(writes);
    },
  });
  return {
    stores: { ...memory, items },
    break: (when) => {
      breaks = when;
    },
  };
}

describe('a shard', () => {
  it('lands in its order, in one flush', async () => {
    const metered = meteredStores(memoryStores());
    process = new RouteWorld(metered).process();
    await process.topics.create('orders', { partitions: 8 });
    metered.reset();
    const { handle } = handlerOf({ kind: 'kinesis' });
    expect(await handle(shard(...Array.from({ length: 500 }, (_, i) => String(i))))).toEqual(failed());
    expect(metered.meters()['object.put'].requests).toBe(1);
    // The heads and the batch's key at once.
    expect(metered.meters()['item.transact'].requests).toBe(1);
  });

  it('lands once though the same batch is delivered twice, by another environment', async () => {
    const batch = shard('a', 'b', 'c');
    await handlerOf({ kind: 'kinesis' }).handle(batch);
    expect(await handlerOf({ kind: 'kinesis' }, world.process()).handle(batch)).toEqual(failed());
    expect(await values()).toEqual(['a', 'b', 'c']);
  });

  it('replayed in other batches lands again, with the ids that tell', async () => {
    const { handle } = handlerOf({ kind: 'kinesis' });
    const all = shard('a', 'b', 'c', 'd');
    await handle(all.slice(0, 2));
    await handle(all.slice(2));
    await handle(all);
    expect(await values()).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']);
    const ids = (await readAll(process.events, 'orders')).map(({ headers }) => headers['source.id']);
    expect(ids.slice(4)).toEqual(ids.slice(0, 4));
    expect(new Set(ids).size).toBe(4);
  });

  it('replayed in other batches lands once where each record has its key', async () => {
    const { handle } = handlerOf({ kind: 'kinesis', deduplicate: 'record' });
    const all = shard('a', 'b', 'c', 'd');
    await handle(all.slice(0, 3));
    await handle(all);
    expect(await values()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that feeds two sources lands once for each', async () => {
    await process.topics.create('copies', { partitions: 1 });
    await handlerOf({ kind: 'kinesis' }).handle(shard('a'));
    await handlerOf({ kind: 'kinesis', name: 'second' }).handle(shard('a'));
    expect(await values()).toEqual(['a', 'a']);
  });

  it('stops at a record that can never be stored: what is before it lands, nothing behind it', async () => {
    const { handle, logger } = handlerOf({ kind: 'kinesis' });
    const batch = shard('a', 'b', TOO_LARGE, 'd');
    expect(await handle(batch)).toEqual(failed(batch[2]!));
    expect(await values()).toEqual(['a', 'b']);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]!.message).toContain('1 of 4 records can never be stored');
    expect(JSON.stringify(logger.lines)).toContain('max.message.bytes');
    expect(JSON.stringify(logger.lines)).toContain(batch[2]!.eventID);
    expect(JSON.stringify(logger.lines)).not.toContain('xxx');
  });

  it('throws for one at the head of a batch, so that Lambda bisects until it stands alone', async () => {
    const { handle } = handlerOf({ kind: 'kinesis' });
    const [poison, ...behind] = shard(TOO_LARGE, 'b', 'c');
    await expect(handle([poison, ...behind])).rejects.toMatchObject({ code: 'source_refused' });
    expect(await values()).toEqual([]);
    expect(await handle([poison])).toEqual(failed(poison!));
    expect(await handle(behind)).toEqual(failed());
    expect(await values()).toEqual(['b', 'c']);
  });

  it('goes on where what can never be stored has a dead-letter topic', async () => {
    await process.topics.create('dead', { partitions: 1 });
    const { handle, logger } = handlerOf({ kind: 'kinesis', deadLetterTopic: 'dead' });
    const batch = shard('a', TOO_LARGE, 'c');
    expect(await handle(batch)).toEqual(failed());
    expect(await handle(batch)).toEqual(failed());
    expect(await values()).toEqual(['a', 'c']);
    const letters = await readAll(process.events, 'dead');
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ key: 'key-1', value: TOO_LARGE });
    expect(letters[0]!.headers).toMatchObject({
      'source.id': batch[1]!.eventID,
      '__connect.errors.topic': 'orders',
      '__connect.errors.exception.message': expect.stringContaining('max.message.bytes'),
    });
    expect(logger.lines[0]!.message).toContain('went to the dead-letter topic');
  });

  it('waits for a dead letter that cannot be stored now, so that nothing is lost or overtaken', async () => {
    const { handle } = handlerOf({ kind: 'kinesis', deadLetterTopic: 'not-made-yet' });
    const batch = shard('a', TOO_LARGE, 'c');
    expect(await handle(batch)).toEqual(failed(batch[1]!));
    expect(await values()).toEqual(['a']);
    await process.topics.create('not-made-yet', { partitions: 1 });
    await world.pass(5_000);
    expect(await handle(batch.slice(1))).toEqual(failed());
    expect(await values()).toEqual(['a', 'c']);
    expect(await values('not-made-yet')).toEqual([TOO_LARGE]);
  });

  it('reports what not even the dead-letter topic takes', async () => {
    await process.topics.create('dead', { partitions: 1, config: SMALL });
    const { handle } = handlerOf({ kind: 'kinesis', deadLetterTopic: 'dead' });
    const batch = shard('a', TOO_LARGE);
    expect(await handle(batch)).toEqual(failed(batch[1]!));
  });

  it('is stored whole or not at all when the store gives out in the middle', async () => {
    const broken = breakable();
    world = new RouteWorld(broken.stores);
    process = world.process();
    const config = { 'millrace.partitions.per.ledger': '1' };
    const { topicId } = await process.topics.create('orders', { partitions: 4, config });
    broken.break((pk) => pk === `ledger/${topicId}/2`);
    const { handle, logger } = handlerOf({ kind: 'kinesis' });
    const batch = shard('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    expect(await handle(batch)).toEqual(failed(batch[0]!));
    expect(logger.lines[0]!.message).toContain('could not be stored now');
    const stored = async () =>
      (await Promise.all([0, 1, 2, 3].map((p) => readAll(process.events, 'orders', p)))).flat();
    expect(await stored()).toEqual([]);
    broken.break(() => false);
    expect(await handle(batch)).toEqual(failed());
    expect((await stored()).map(({ value }) => value).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  it('comes again while its topic is not there', async () => {
    const { handle } = handlerOf({ kind: 'kinesis', topic: 'later' });
    const batch = shard('a', 'b');
    expect(await handle(batch)).toEqual(failed(batch[0]!));
    await process.topics.create('later', { partitions: 1 });
    await world.pass(5_000);
    expect(await handle(batch)).toEqual(failed());
    expect(await values('later')).toEqual(['a', 'b']);
  });

  it.each([1, 2, 3, 4, 5])(
    'lands once and in order whatever is lost, delayed or delivered again (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const faulty = faultyStores(memoryStores(), { clock: world.clock, random });
      const healthy = world.process({ stores: faulty });
      await healthy.topics.create('orders', { partitions: 1 });
      faulty.plan({ unavailable: 0.1, answerLost: 0.15, requestLost: 0.1, delayed: 0.05, latencyMs: [0, 20] });
      const all = shard(...Array.from({ length: 60 }, (_, i) => String(i)));
      let invocations = 0;
      let at = 0;
      while (at < all.length) {
        const batch = all.slice(at, at + 1 + Math.floor(random.next() * 9));
        // As Lambda does: the same batch until it is done. Some answers never reach it: the batch comes once more.
        for (;;) {
          expect(++invocations).toBeLessThan(1_000);
          const { handle } = handlerOf({ kind: 'kinesis' }, world.process({ stores: faulty }));
          const answer = await handle(batch).catch(() => undefined);
          if (answer?.batchItemFailures.length === 0 && random.next() > 0.2) break;
        }
        at += batch.length;
      }
      faulty.plan({});
      const found = await values('orders', world.process({ stores: faulty }));
      expect(found).toEqual(all.map((_, i) => String(i)));
      expect(faulty.struck.answerLost).toBeGreaterThan(0);
    },
  );
});

describe('a queue', () => {
  const names = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

  it('hears of the message that cannot be stored alone; all others are done', async () => {
    const { handle } = handlerOf({ kind: 'sqs' });
    const batch = [message('1', 'a'), message('2', TOO_LARGE), message('3', 'c')];
    expect(await handle(batch)).toEqual(names('2'));
    expect(await values()).toEqual(['a', 'c']);
  });

  it('hears of messages without a key for a compacted topic', async () => {
    await process.topics.create('latest', { partitions: 1, config: { 'cleanup.policy': 'compact' } });
    const { handle, logger } = handlerOf({ kind: 'sqs', topic: 'latest', key: 'value.id' });
    expect(await handle([message('1', '{"id":"x"}'), message('2', '{}')])).toEqual(names('2'));
    expect(await values('latest')).toEqual(['{"id":"x"}']);
    expect(JSON.stringify(logger.lines)).toContain('key_required');
  });

  it.each(['none', 'batch', 'record'])(
    'keeps each FIFO group in order behind a failure (deduplicate %s)',
    async (deduplicate) => {
      const { handle } = handlerOf({ kind: 'sqs', deduplicate });
      const batch = [
        message('1', 'a1', { group: 'a' }),
        message('2', 'b1', { group: 'b' }),
        message('3', TOO_LARGE, { group: 'a' }),
        message('4', 'a3', { group: 'a' }),
        message('5', 'b2', { group: 'b' }),
      ];
      expect(await handle(batch)).toEqual(names('3', '4'));
      expect(await values()).toEqual(['a1', 'b1', 'b2']);
    },
  );

  it('lands each message once in whatever batch it comes again, where each has its key', async () => {
    const { handle } = handlerOf({ kind: 'sqs', deduplicate: 'record' });
    const [one, two, three] = ['1', '2', '3'].map((id) => message(id, id));
    await handle([one, two]);
    await handle([two, three]);
    expect(await values()).toEqual(['1', '2', '3']);
  });

  it('gets everything back where nothing can be stored', async () => {
    const broken = breakable();
    world = new RouteWorld(broken.stores);
    process = world.process();
    await process.topics.create('orders', { partitions: 1 });
    broken.break((pk) => pk.startsWith('ledger/'));
    const { handle } = handlerOf({ kind: 'sqs' });
    expect(await handle([message('1', 'a'), message('2', 'b')])).toEqual(names('1', '2'));
    broken.break(() => false);
    expect(await handle([message('2', 'b'), message('1', 'a')])).toEqual(names());
    expect(await values()).toEqual(['b', 'a']);
  });
});

describe('an asynchronous source', () => {
  const bridge = (id: string, detail: unknown) => ({
    id,
    version: '0',
    account: '123456789012',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-central-1',
    resources: [],
    source: 'shop',
    'detail-type': 'Order Paid',
    detail,
  });
  const handle = (event: unknown) => {
    const handler = sourceHandler(
      { events: process.events, logger: recordingLogger() },
      parseSource({ kind: 'eventbridge', topic: 'orders' }),
    );
    return world.finish(handler(event));
  };

  it('lands an event once though it is delivered twice', async () => {
    expect(await handle(bridge('1', {}))).toBeUndefined();
    expect(await handle(bridge('1', {}))).toBeUndefined();
    expect(await values()).toHaveLength(1);
  });

  it('fails as a whole for what can never be stored, with the reason and nothing of the event', async () => {
    const thrown = await handle(bridge('1', TOO_LARGE)).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'source_refused', message: expect.stringContaining('max.message.bytes') });
    expect(String(thrown)).not.toContain('xxx');
  });

  it('fails for an event of another service, naming what it takes', async () => {
    await expect(handle({ Records: [message('1', 'a')] })).rejects.toMatchObject({ code: 'source_event_unknown' });
  });
});

describe('MILLRACE_SOURCE', () => {
  it('is read strictly', () => {
    expect(readSourceSettings('{"kind":"sqs","topic":"orders"}')).toMatchObject({ topic: 'orders', name: 'sqs' });
    expect(() => readSourceSettings(undefined)).toThrow('MILLRACE_SOURCE is missing');
    expect(() => readSourceSettings('{')).toThrow('MILLRACE_SOURCE is no JSON');
    expect(() => readSourceSettings('{"kind":"sqs","topic":"orders","keys":"none"}')).toThrow('Did you mean "key"?');
  });
});
