import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openAwsStores, type Stores, type Write } from '../../lib/store/index.ts';
import { freePort } from '../support/free-port.ts';
import { type FaultyProxy, faultyProxy, type NetworkFault } from './faulty-proxy.ts';
import { bucketAt, onMiniStack, tableAt } from './stores.ts';

/** Well above what a busy emulator takes: an answer that is only late must not look like one that was lost. */
const TIMEOUT_MS = 1_500;

const dynamoSays = (status: number, type: string): NetworkFault => ({
  status,
  type: 'application/x-amz-json-1.0',
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'said by the test' }),
});
const s3Says = (status: number, code: string): NetworkFault => ({
  status,
  type: 'application/xml',
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said by the test</Message></Error>`,
});

const plusOne = (sk = 'n', when?: Write['when']) =>
  ({
    write: 'update',
    key: { pk: 'count', sk },
    actions: [{ do: 'add', path: ['n'], by: 1, from: 0 }],
    ...(when && { when }),
  }) as const;

describe.each(['ministack', 'dynamodbLocal'] as const)('items over a network that fails, %s', (engine) => {
  let proxy: FaultyProxy;
  let stores: Stores;
  let table: string;
  let serial = 0;
  let sk: string;
  beforeAll(async () => {
    proxy = await faultyProxy(inject(engine));
    table = await tableAt(inject(engine));
    stores = await openAwsStores({ bucket: 'none', table, endpoint: proxy.url, itemTimeoutMs: TIMEOUT_MS });
    // An engine's first requests take longest.
    const direct = await openAwsStores({ bucket: 'none', table, endpoint: inject(engine) });
    await direct.items.write(plusOne('warm'));
    await direct.items.transact([plusOne('warm')]);
    await direct.close();
  });
  afterAll(async () => {
    await stores.close();
    await proxy.close();
  });
  const fresh = () => {
    sk = `n${serial++}`;
  };
  const counted = async () => (await stores.items.get({ pk: 'count', sk }))?.n;

  test.each<[NetworkFault, number | undefined]>([
    ['answer lost', 1],
    ['request lost', undefined],
    ['silence', undefined],
    [dynamoSays(500, 'InternalServerError'), undefined],
  ])('an update that meets "%j" is unknown, and is sent once', async (fault, is) => {
    fresh();
    const before = proxy.requests;
    proxy.fail(fault);
    await expect(stores.items.write(plusOne(sk))).rejects.toMatchObject({ code: 'store_unknown' });
    expect(proxy.requests).toBe(before + 1);
    expect(await counted()).toBe(is);
  });

  test.each([
    [400, 'ProvisionedThroughputExceededException'],
    [400, 'ThrottlingException'],
    [400, 'TransactionConflictException'],
    [400, 'RequestLimitExceeded'],
  ])('an update that is refused with %i %s goes again by itself', async (status, type) => {
    fresh();
    proxy.fail(dynamoSays(status, type), dynamoSays(status, type));
    expect(await stores.items.write(plusOne(sk))).toEqual({ applied: true, old: undefined });
    expect(await counted()).toBe(1);
  });

  test('a transaction that meets another goes again by itself', async () => {
    fresh();
    const body = {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      CancellationReasons: [{ Code: 'TransactionConflict', Message: 'said by the test' }, { Code: 'None' }],
    };
    proxy.fail({ status: 400, type: 'application/x-amz-json-1.0', body: JSON.stringify(body) });
    expect(await stores.items.transact([plusOne(sk), plusOne(`${sk}/other`)])).toEqual({ applied: true });
    expect(await counted()).toBe(1);
  });

  test('transactions of several processes over the same items are each carried out once, or not at all', async () => {
    fresh();
    const tables = { bucket: 'none', table, endpoint: inject(engine) };
    const others = await Promise.all(Array.from({ length: 4 }, () => openAwsStores(tables)));
    const ends = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => others[i % 4]!.items.transact([plusOne(sk), plusOne(`${sk}/other`)])),
    );
    const applied = ends.filter((end) => end.status === 'fulfilled').length;
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'store_unavailable' });
    }
    expect(applied).toBeGreaterThan(10);
    expect(await counted()).toBe(applied);
    for (const other of others) await other.close();
  });

  test('an update that is refused again and again is unavailable, and has no effect', async () => {
    fresh();
    proxy.fail(...Array.from({ length: 5 }, () => dynamoSays(400, 'ThrottlingException')));
    await expect(stores.items.write(plusOne(sk))).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await counted()).toBeUndefined();
  });

  test.each<NetworkFault>(['answer lost', 'request lost', 'silence', dynamoSays(500, 'InternalServerError')])(
    'a transaction that meets "%j" is carried out once, and says so',
    async (fault) => {
      fresh();
      proxy.fail(fault);
      const answer = await stores.items.transact([plusOne(sk), plusOne(`${sk}/other`, { if: 'itemAbsent' })]);
      expect(answer).toEqual({ applied: true });
      expect(await counted()).toBe(1);
    },
  );

  test('a transaction is unknown where its first request may still come, though a later one was refused', async () => {
    fresh();
    proxy.fail('late');
    const condition = { if: 'is', path: ['n'], value: 7 } as const;
    await expect(stores.items.transact([plusOne(sk, condition)])).rejects.toMatchObject({ code: 'store_unknown' });
    const item = { n: 7 };
    await stores.items.write({ write: 'put', key: { pk: 'count', sk }, item });
    await proxy.release();
    expect(await counted()).toBe(8);
  });

  test.each<NetworkFault>(['answer lost', 'request lost', 'silence', 'cut', dynamoSays(500, 'InternalServerError')])(
    'a read that meets "%j" is made again',
    async (fault) => {
      fresh();
      await stores.items.write(plusOne(sk));
      proxy.fail(fault, dynamoSays(400, 'ThrottlingException'));
      expect(await counted()).toBe(1);
      proxy.fail(fault);
      expect((await stores.items.query('count', { prefix: sk, limit: 1 })).items[0]).toEqual({ sk, item: { n: 1 } });
      proxy.fail(fault);
      expect(await stores.items.getMany([{ pk: 'count', sk }])).toEqual([{ n: 1 }]);
    },
  );

  test('a read without an end is unavailable', async () => {
    proxy.fail(...Array.from({ length: 5 }, () => 'request lost' as const));
    await expect(counted()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('a table that is not there is named as the cause', async () => {
    const none = await openAwsStores({ bucket: 'none', table: 'not-deployed', endpoint: inject(engine) });
    await expect(none.items.write(plusOne())).rejects.toMatchObject({
      code: 'store_invalid',
      message: expect.stringContaining('ResourceNotFoundException'),
    });
    await none.close();
  });

  test('no connection is unavailable, since nothing was sent', async () => {
    const none = await openAwsStores({
      bucket: 'none',
      table: 'none',
      endpoint: `http://127.0.0.1:${await freePort()}`,
    });
    await expect(none.items.write(plusOne())).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(none.objects.put('a', [])).rejects.toMatchObject({ code: 'store_unavailable' });
    await none.close();
  });
});

describe('objects over a network that fails', () => {
  let proxy: FaultyProxy;
  let stores: Stores;
  let serial = 0;
  beforeAll(async () => {
    proxy = await faultyProxy(inject('ministack'));
    const bucket = await bucketAt(inject('ministack'));
    stores = await openAwsStores({ bucket, table: 'none', endpoint: proxy.url, objectTimeoutMs: TIMEOUT_MS });
  });
  afterAll(async () => {
    await stores.close();
    await proxy.close();
  });
  const bytes = Buffer.from('0123456789');

  test.each<[NetworkFault, number | undefined]>([
    ['answer lost', 10],
    ['request lost', undefined],
    ['silence', undefined],
    [s3Says(500, 'InternalError'), undefined],
  ])('a put that meets "%j" is unknown, and is sent once', async (fault, size) => {
    const key = `once/${serial++}`;
    const before = proxy.requests;
    proxy.fail(fault);
    await expect(stores.objects.put(key, [bytes])).rejects.toMatchObject({ code: 'store_unknown' });
    expect(proxy.requests).toBe(before + 1);
    expect(await stores.objects.size(key)).toBe(size);
  });

  test.each([
    [503, 'SlowDown'],
    [409, 'ConditionalRequestConflict'],
  ])('a put that is refused with %i %s goes again by itself', async (status, code) => {
    const key = `again/${code}`;
    proxy.fail(s3Says(status, code), s3Says(status, code));
    await stores.objects.put(key, [bytes]);
    expect(await stores.objects.size(key)).toBe(10);
    await expect(stores.objects.put(key, [bytes])).rejects.toMatchObject({ code: 'object_exists' });
  });

  test.each<NetworkFault>(['request lost', 'silence', 'cut', s3Says(500, 'InternalError'), s3Says(503, 'SlowDown')])(
    'a read that meets "%j" is made again',
    async (fault) => {
      const key = `read/${serial++}`;
      await stores.objects.put(key, [bytes]);
      proxy.fail(fault);
      expect(Buffer.from(await stores.objects.get(key, 2, 9)).toString()).toBe('2345678');
      proxy.fail(fault);
      expect(await stores.objects.list(key)).toEqual([{ key, sizeBytes: 10 }]);
    },
  );

  test('a put of what exists is told at once', async () => {
    await stores.objects.put('exists', [bytes]);
    const before = proxy.requests;
    await expect(stores.objects.put('exists', [bytes])).rejects.toMatchObject({ code: 'object_exists' });
    expect(proxy.requests).toBe(before + 1);
  });

  test('a call without the right to it is told at once', async () => {
    const before = proxy.requests;
    proxy.fail(s3Says(403, 'AccessDenied'));
    await expect(stores.objects.get('exists')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(proxy.requests).toBe(before + 1);
  });

  test('a put carries its bytes once, with their checksum, and without asking first', async () => {
    await stores.objects.put('headers', [bytes, Buffer.alloc(100_000)]);
    expect(proxy.lastHeaders).toMatchObject({
      'if-none-match': '*',
      'content-length': '100010',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-amz-checksum-crc32': expect.stringMatching(/^[A-Za-z0-9+/]{6}==$/),
    });
    for (const none of ['expect', 'transfer-encoding', 'content-encoding', 'x-amz-trailer']) {
      expect(proxy.lastHeaders).not.toHaveProperty(none);
    }
  });

  test('a bucket that is not there is named as the cause', async () => {
    const none = await openAwsStores({ bucket: 'not-deployed', table: 'none', endpoint: inject('ministack') });
    const notThere = { code: 'store_invalid', message: expect.stringContaining('NoSuchBucket') };
    await expect(none.objects.put('a', [bytes])).rejects.toMatchObject(notThere);
    await expect(none.objects.get('a')).rejects.toMatchObject(notThere);
    await none.close();
  });
});

test('a message of an error has nothing of what was written', async () => {
  const proxy = await faultyProxy(inject('dynamodbLocal'));
  const table = await tableAt(inject('dynamodbLocal'));
  const stores = await openAwsStores({ bucket: 'none', table, endpoint: proxy.url });
  for (const fault of ['answer lost', dynamoSays(500, 'InternalServerError')] as const) {
    proxy.fail(fault);
    const error: unknown = await stores.items
      .write({ write: 'put', key: { pk: 'a', sk: 'b' }, item: { secret: 'hunter2' } })
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/^StoreError: Writing an item: /);
    expect(String(error)).not.toContain('hunter2');
  }
  await stores.close();
  await proxy.close();
});

describe('large objects', () => {
  const MIB = 1024 * 1024;

  test('go in parts, come back whole, and are put once', async () => {
    const { objects, close } = await onMiniStack();
    const parts = Array.from({ length: 21 }, (_, i) => Buffer.alloc(MIB + i, i + 1));
    const whole = Buffer.concat(parts);
    await objects.put('large', parts);
    expect(await objects.size('large')).toBe(whole.length);
    expect(Buffer.compare(await objects.get('large'), whole)).toBe(0);
    const range = [8 * MIB - 3, 8 * MIB + 5] as const;
    expect(Buffer.compare(await objects.get('large', ...range), whole.subarray(...range))).toBe(0);
    await expect(objects.put('large', parts)).rejects.toMatchObject({ code: 'object_exists' });
    await close();
  });
});

test('getMany asks again for what did not fit an answer of 16 MB', async () => {
  const table = await tableAt(inject('dynamodbLocal'));
  const { items, close } = await openAwsStores({ bucket: 'none', table, endpoint: inject('dynamodbLocal') });
  const keys = Array.from({ length: 50 }, (_, i) => ({ pk: 'large', sk: String(i) }));
  for (const [i, key] of keys.entries()) {
    await items.write({ write: 'put', key, item: { b: new Uint8Array(390_000).fill(i) } });
  }
  const got = await items.getMany([...keys, keys[3]!]);
  expect(got.map((item) => Buffer.from(item!.b as Uint8Array)[0])).toEqual([...keys.keys(), 3]);
  await close();
}, 60_000);
