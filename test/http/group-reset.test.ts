import { beforeEach, describe, expect, test } from 'vitest';
import { client, services } from './world.ts';

const RESET = '/v3/clusters/millrace/consumer-groups/billing/reset';

describe('moving a group', () => {
  const over = services();
  const http = client(over);
  const text = Buffer.from('x');
  let topic: string;
  let topics = 0;

  beforeEach(async () => {
    topic = `orders-${topics++}`;
    await over.topics.create(topic, { partitions: 1 });
    const events = [10, 20, 30].map((timestampMs) => ({ key: null, value: text, timestampMs }));
    await over.events.produce(topic, events);
  });

  test('goes to an end, an offset, a time, and by a count, and tells from where', async () => {
    const moved = async (body: object) => (await http.post(RESET, { topic, ...body })).body;
    expect(await moved({ to: 'latest' })).toEqual({ data: [{ partition: 0, from: null, to: 3 }] });
    expect(await moved({ offset: 1 })).toEqual({ data: [{ partition: 0, from: 3, to: 1 }] });
    expect(await moved({ time: '1970-01-01T00:00:00.015Z' })).toEqual({ data: [{ partition: 0, from: 1, to: 1 }] });
    expect(await moved({ by: 1 })).toEqual({ data: [{ partition: 0, from: 1, to: 2 }] });
    expect(await over.groups.committed('billing', topic)).toMatchObject([{ partition: 0, offset: 2 }]);
  });

  test('does nothing in a dry run', async () => {
    expect((await http.post(RESET, { topic, to: 'latest', dry_run: true })).body).toMatchObject({ data: [{ to: 3 }] });
    expect(await over.groups.committed('billing', topic)).toEqual([]);
  });

  test('is refused without exactly one place to go to, or with members', async () => {
    expect(await http.post(RESET, { topic })).toMatchObject({ status: 400 });
    expect(await http.post(RESET, { topic, to: 'latest', offset: 1 })).toMatchObject({ status: 400 });
    expect(await http.post(RESET, { topic: 'nowhere', to: 'latest' })).toMatchObject({ status: 404 });
    const { memberId } = await over.groups.heartbeat('billing', {
      memberId: 'm1',
      memberEpoch: 0,
      subscription: { topics: [topic] },
    });
    expect(await http.post(RESET, { topic, to: 'latest' })).toMatchObject({ status: 409 });
    await over.groups.leave('billing', { memberId });
  });

  test('the offset of a time is told with a partition’s offsets', async () => {
    const at = `/topics/${topic}/partitions/0/offsets`;
    expect((await http.get(`${at}?timestamp=15`)).body).toEqual({
      beginning_offset: 0,
      end_offset: 3,
      last_stable_offset: 3,
      timestamp_offset: 1,
    });
    expect((await http.get(`${at}?timestamp=31`)).body).toMatchObject({ timestamp_offset: null });
    expect(await http.get(`${at}?timestamp=yesterday`)).toMatchObject({ status: 422 });
  });
});
