import { beforeEach, describe, expect, it } from 'vitest';
import { BUFFERED_BODY_BYTES_MAX, type BufferedProduce, HttpError } from '../../lib/http/index.ts';
import { client, services, V2_BINARY, V2_JSON } from './world.ts';

let over: ReturnType<typeof services>;
let taken: BufferedProduce[];

beforeEach(async () => {
  over = services();
  taken = [];
  await over.topics.create('orders', { partitions: 2, config: { 'max.message.bytes': '2000' } });
});

const buffered = () =>
  client(over, {
    buffer: async (request) => {
      taken.push(request);
    },
  });

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  buffered().post(path, body, { 'content-type': V2_JSON, ...headers });

describe('POST /buffered/topics/{topic}', () => {
  it('hands the body over as it came, and stores nothing itself', async () => {
    const body = '{ "records": [ {"value": 1}, {"value": "\u00fc"} ] }';
    const answer = await post('/buffered/topics/orders', body);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2 } });
    expect(taken).toEqual([
      { topic: 'orders', partition: undefined, contentType: V2_JSON, body, idempotencyKey: undefined },
    ]);
    expect((await over.events.offsets('orders')).map(({ highWatermark }) => highWatermark)).toEqual([0, 0]);
  });

  it('hands over partition, format and Idempotency-Key', async () => {
    const body = { records: [{ value: 'AQI=' }] };
    const headers = { 'content-type': V2_BINARY, 'idempotency-key': 'order-7' };
    expect((await post('/buffered/topics/orders/partitions/1', body, headers)).status).toBe(202);
    expect(taken).toMatchObject([{ partition: 1, contentType: V2_BINARY, idempotencyKey: 'order-7' }]);
  });

  it.each([
    ['/buffered/topics/orders', '{"records":[{"value":}]}', 400, 400],
    ['/buffered/topics/orders', '{"records":[]}', 422, 422],
    ['/buffered/topics/nowhere', '{"records":[{"value":1}]}', 404, 40401],
    ['/buffered/topics/orders/partitions/2', '{"records":[{"value":1}]}', 404, 40402],
    ['/buffered/topics/orders', `{"records":[{"value":"${'x'.repeat(3_000)}"}]}`, 413, 413],
    ['/buffered/topics/orders', `{"records":[{"value":"${'x'.repeat(BUFFERED_BODY_BYTES_MAX)}"}]}`, 413, 413],
  ])('of %s refuses at once what would be refused later', async (path, body, status, code) => {
    expect(await post(path, body)).toMatchObject({ status, body: { error_code: code } });
    expect(taken).toEqual([]);
  });

  it('says that the queue did not take it, and when to try again', async () => {
    const buffer = async () => {
      throw new HttpError('buffer_unavailable', 'The queue is away.');
    };
    const answer = await client(over, { buffer }).post(
      '/buffered/topics/orders',
      { records: [{ value: 1 }] },
      { 'content-type': V2_JSON },
    );
    expect(answer).toMatchObject({ status: 503, body: { error_code: 50003 } });
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('names the other path where there is no queue', async () => {
    const answer = await client(over).post('/buffered/topics/orders', { records: [] }, { 'content-type': V2_JSON });
    expect(answer).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('Send the request to /topics/orders.') },
    });
  });
});
