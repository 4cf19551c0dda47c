import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type RunningServer, started } from '../support/process.ts';
import { javaArgs } from './installations.ts';
import { eventually, TopicLines } from './topic-lines.ts';

const START_MS = 90_000;
const id = randomBytes(4).toString('hex');
/** One is mirrored from Kafka to Millrace, the other the other way. */
const [EAST, WEST] = [`east-${id}`, `west-${id}`];
/** Each reads one of them, where it comes from. */
const [GROUP, BACK] = [`group-${id}`, `back-${id}`];
const LINES = Array.from({ length: 300 }, (_, index) => `line ${index}`);
const folder = mkdtempSync(join(tmpdir(), 'millrace-mirror-'));
const kafka = new TopicLines(inject('kafka'));
const millrace = new TopicLines(inject('millrace'));

const replicas = ['replication', 'checkpoints.topic.replication', 'heartbeats.topic.replication']
  .concat(['offset-syncs.topic.replication', 'offset.storage.replication'])
  .concat(['status.storage.replication', 'config.storage.replication'])
  .map((name) => `${name}.factor=1`);
const PROPERTIES = `clusters=kafka,millrace
kafka.bootstrap.servers=${inject('kafka')}
millrace.bootstrap.servers=${inject('millrace')}
kafka->millrace.enabled=true
kafka->millrace.topics=${EAST}
kafka->millrace.groups=${GROUP}
millrace->kafka.enabled=true
millrace->kafka.topics=${WEST}
millrace->kafka.groups=${BACK}
${replicas.join('\n')}
sync.topic.acls.enabled=false
sync.group.offsets.enabled=true
sync.group.offsets.interval.seconds=1
emit.checkpoints.interval.seconds=1
emit.heartbeats.interval.seconds=1
refresh.topics.interval.seconds=2
refresh.groups.interval.seconds=2
offset.lag.max=0
`;
let mirror: RunningServer | undefined;

/** MirrorMaker 2 moves records and group offsets between a Kafka and a Millrace, both ways at once. */
beforeAll(async () => {
  await Promise.all([kafka.create(EAST, 3), millrace.create(WEST, 3)]);
  await Promise.all([kafka.send(EAST, LINES), millrace.send(WEST, LINES)]);
  const file = join(folder, 'mm2.properties');
  writeFileSync(file, PROPERTIES);
  mirror = await started({
    ...{ name: 'MirrorMaker 2', command: 'java', url: '', env: () => ({}), startMs: START_MS },
    args: javaArgs('org.apache.kafka.connect.mirror.MirrorMaker', file),
    // It is there once it has made its first mirrored topic on either side.
    health: async () => {
      await Promise.any([
        millrace.admin.fetchTopicOffsets(`kafka.${EAST}`),
        kafka.admin.fetchTopicOffsets(`millrace.${WEST}`),
      ]);
    },
  });
}, START_MS + 30_000);

afterAll(async () => {
  await mirror?.stop();
  await Promise.all([kafka.end(), millrace.end()]);
  rmSync(folder, { recursive: true, force: true });
});

test('what was sent to Kafka comes to Millrace, partition by partition', async () => {
  const [source, mirrored] = [await kafka.lines(EAST, 300), await millrace.lines(`kafka.${EAST}`, 300)];
  expect(mirrored).toEqual(source);
  expect(mirrored.toSorted()).toEqual(LINES.toSorted());
});

test('what was sent to Millrace comes to Kafka, partition by partition', async () => {
  const [source, mirrored] = [await millrace.lines(WEST, 300), await kafka.lines(`millrace.${WEST}`, 300)];
  expect(mirrored).toEqual(source);
  expect(mirrored.toSorted()).toEqual(LINES.toSorted());
});

const WAYS = [
  {
    from: 'Kafka',
    to: 'Millrace',
    source: kafka,
    target: millrace,
    topic: EAST,
    mirrored: `kafka.${EAST}`,
    groupId: GROUP,
  },
  {
    from: 'Millrace',
    to: 'Kafka',
    source: millrace,
    target: kafka,
    topic: WEST,
    mirrored: `millrace.${WEST}`,
    groupId: BACK,
  },
] as const;

test.each(WAYS)('a group that has read all on $from finds its offsets on $to', async (way) => {
  const { source, target, topic, mirrored, groupId } = way;
  const ends = (await source.admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
    partition,
    offset: high,
  }));
  await source.admin.setOffsets({ groupId, topic, partitions: ends });
  await eventually('its offsets there', async () => {
    const [found] = await target.admin.fetchOffsets({ groupId, topics: [mirrored] });
    return ends.every(({ partition, offset }) =>
      found!.partitions.some((one) => one.partition === partition && one.offset === offset),
    );
  });
});

test('partitions that are added on Kafka are added on Millrace', async () => {
  await kafka.admin.createPartitions({ topicPartitions: [{ topic: EAST, count: 4 }] });
  await eventually('the fourth partition', async () => {
    return (await millrace.admin.fetchTopicOffsets(`kafka.${EAST}`)).length === 4;
  });
});
