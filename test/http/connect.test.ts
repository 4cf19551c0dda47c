import { beforeEach, describe, expect, test } from 'vitest';
import { client, services } from './world.ts';

let over: ReturnType<typeof services>;
let http: ReturnType<typeof client>;

const config = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copy' };

beforeEach(async () => {
  over = services();
  http = client(over);
  await over.topics.create('orders', { partitions: 2 });
  await over.topics.create('copy', { partitions: 1 });
  const made = await http.post('/connectors', { name: 'mirror', config });
  expect(made).toMatchObject({ status: 201, body: { name: 'mirror', type: 'sink' } });
});

describe('connectors', () => {
  test('are listed, by name or with more', async () => {
    expect((await http.get('/connectors')).body).toEqual(['mirror']);
    const expanded = await http.get('/connectors?expand=info&expand=status');
    expect(expanded.body).toMatchObject({
      mirror: { info: { name: 'mirror' }, status: { connector: { state: 'RUNNING' } } },
    });
  });

  test('are shown with their config, tasks, topics and status', async () => {
    expect(await http.get('/connectors/mirror')).toMatchObject({ body: { config: { ...config, name: 'mirror' } } });
    expect((await http.get('/connectors/mirror/config')).body).toEqual({ ...config, name: 'mirror' });
    expect((await http.get('/connectors/mirror/tasks')).body).toMatchObject([{ id: { connector: 'mirror', task: 0 } }]);
    expect((await http.get('/connectors/mirror/topics')).body).toEqual({ mirror: { topics: ['orders'] } });
    expect(await http.get('/connectors/mirror/tasks/0/status')).toMatchObject({ body: { id: 0, state: 'RUNNING' } });
    expect(await http.get('/connectors/mirror/tasks/9/status')).toMatchObject({ status: 404 });
  });

  test('are changed whole or in part', async () => {
    const put = await http.send('PUT', '/connectors/mirror/config', { ...config, name: 'mirror' });
    expect(put).toMatchObject({ status: 200, body: { name: 'mirror' } });
    expect(await http.send('PUT', '/connectors/other/config', config)).toMatchObject({ status: 201 });
    const filter = '{"value":{"total":[{"numeric":[">",5]}]}}';
    expect(await http.send('PATCH', '/connectors/mirror/config', { filter })).toMatchObject({
      status: 200,
      body: { config: { ...config, filter } },
    });
    expect(await http.send('PATCH', '/connectors/mirror/config', { filter: null })).toMatchObject({
      body: { config: { ...config, name: 'mirror' } },
    });
  });

  test('are paused, resumed, stopped, restarted and deleted', async () => {
    const state = async () => {
      const { body } = await http.get('/connectors/mirror/status');
      return (body as { connector: { state: string } }).connector.state;
    };
    expect(await http.send('PUT', '/connectors/mirror/pause')).toMatchObject({ status: 202 });
    expect(await state()).toBe('PAUSED');
    expect(await http.send('PUT', '/connectors/mirror/resume')).toMatchObject({ status: 202 });
    expect(await state()).toBe('RUNNING');
    expect(await http.send('PUT', '/connectors/mirror/stop')).toMatchObject({ status: 204 });
    expect(await state()).toBe('STOPPED');
    await http.send('PUT', '/connectors/mirror/resume');
    expect(await http.post('/connectors/mirror/restart')).toMatchObject({ status: 204 });
    expect(await http.post('/connectors/mirror/restart?includeTasks=true')).toMatchObject({ status: 202 });
    expect(await http.post('/connectors/mirror/tasks/0/restart')).toMatchObject({ status: 204 });
    expect(await http.delete('/connectors/mirror')).toMatchObject({ status: 204 });
    expect((await http.get('/connectors')).body).toEqual([]);
  });

  test.each([
    ['GET', '/connectors/nobody', undefined, 404, /nobody/],
    ['DELETE', '/connectors/nobody', undefined, 404, /nobody/],
    ['PUT', '/connectors/nobody/pause', undefined, 404, /nobody/],
    ['POST', '/connectors', { name: 'mirror', config }, 409, /exists/],
    ['POST', '/connectors', { name: 'a/b', config }, 400, /a\/b/],
    ['POST', '/connectors', { name: 'x', config: { ...config, topcs: 'a' } }, 400, /topcs.*topics/s],
    ['POST', '/connectors', { name: 'x', config: { ...config, name: 'y' } }, 400, /"y"/],
    ['POST', '/connectors', { config }, 400, /name/],
    ['PATCH', '/connectors/mirror/offsets', { offsets: [] }, 400, /offsets/],
    ['DELETE', '/connectors/mirror/offsets', undefined, 409, /running/],
    ['POST', '/connectors/mirror/replay', {}, 400, /exactly one/],
    ['POST', '/connectors/mirror/replay', { from: 'earliest', offset: 1 }, 400, /exactly one/],
    ['POST', '/connectors/mirror/replay', { time: 'yesterday' }, 400, /time/],
  ])('%s %s with %j is refused', async (method, path, body, status, message) => {
    const answer = await http.send(method, path, body);
    expect(answer).toMatchObject({ status, body: { error_code: status, message: expect.stringMatching(message) } });
  });
});

describe('offsets', () => {
  const at = (partition: number, offset: number | null) => ({
    partition: { kafka_topic: 'orders', kafka_partition: partition },
    offset: offset === null ? null : { kafka_offset: offset },
  });

  beforeEach(async () => {
    for (const value of [1, 2, 3]) await http.produce('orders', [{ value, partition: 0 }]);
  });

  test('are altered and reset while the connector rests', async () => {
    await http.send('PUT', '/connectors/mirror/stop');
    expect(await http.send('PATCH', '/connectors/mirror/offsets', { offsets: [at(0, 2)] })).toMatchObject({
      status: 200,
    });
    expect((await http.get('/connectors/mirror/offsets')).body).toMatchObject({
      offsets: expect.arrayContaining([at(0, 2)]),
    });
    expect(await http.delete('/connectors/mirror/offsets')).toMatchObject({ status: 200 });
    const { offsets } = (await http.get('/connectors/mirror/offsets')).body as { offsets: unknown[] };
    expect(offsets).not.toContainEqual(at(0, 2));
  });

  test('are moved by a replay in whatever state it is: to an end, an offset, or a time', async () => {
    const replay = (body: object) => http.post('/connectors/mirror/replay', body);
    expect((await replay({ from: 'latest' })).body).toEqual({ offsets: [at(0, 3), at(1, 0)] });
    expect((await replay({ offset: 1, topic: 'orders', partitions: [0] })).body).toEqual({ offsets: [at(0, 1)] });
    expect((await replay({ time: '2001-01-01T00:00:00Z', partitions: [0] })).body).toEqual({ offsets: [at(0, 0)] });
    expect((await replay({ time: Date.UTC(2100, 0), partitions: [0] })).body).toEqual({ offsets: [at(0, 3)] });
  });
});

test('plugins are listed, and validate a config setting by setting', async () => {
  const plugins = (await http.get('/connector-plugins')).body as { class: string; type: string }[];
  expect(plugins.map((plugin) => plugin.class)).toEqual(expect.arrayContaining(['file', 'sqs', 'topic', 'webhook']));
  const answer = await http.send('PUT', '/connector-plugins/webhook/config/validate', { topics: 'orders' });
  expect(answer).toMatchObject({ status: 200, body: { name: 'webhook', error_count: 1 } });
  expect(await http.send('PUT', '/connector-plugins/jdbc/config/validate', {})).toMatchObject({ status: 404 });
});

test("the group that holds a route's positions is moved by the route alone, and may be read", async () => {
  const group = '/v3/clusters/millrace/consumer-groups/route.mirror';
  await http.produce('orders', [{ value: 1, partition: 0 }]);
  await http.post('/connectors/mirror/replay', { from: 'latest' });
  const refused = { status: 409, body: { message: expect.stringContaining('millrace route replay mirror') } };
  expect(await http.post(`${group}/reset`, { topic: 'orders', to: 'earliest' })).toMatchObject(refused);
  expect(await http.delete(group)).toMatchObject(refused);
  expect(await http.post('/consumers/route.mirror', { name: 'one' })).toMatchObject(refused);
  await http.send('PUT', '/connectors/mirror/stop');
  expect(await http.post(`${group}/reset`, { topic: 'orders', to: 'earliest' })).toMatchObject(refused);
  expect((await http.get(`${group}/lags`)).status).toBe(200);
  // Where there is no such route, it is a group like any other.
  expect((await http.post('/consumers/route.none', { name: 'one', format: 'json' })).status).toBe(200);
});

test('what the list says of a connector is what its own status says', async () => {
  const { body } = await http.get('/connectors?expand=status');
  expect(body).toEqual({ mirror: { status: (await http.get('/connectors/mirror/status')).body } });
});
