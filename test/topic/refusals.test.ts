import { expect, it } from 'vitest';
import type { EventIn } from '../../lib/topic/index.ts';
import { topicWorld } from './world.ts';

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

it('refuses exactly the events that produce would refuse, around every limit', async () => {
  const { topics, events } = topicWorld();
  await topics.create('small', { partitions: 2, config: { 'max.message.bytes': '400' } });
  await topics.create('latest', { partitions: 2, config: { 'cleanup.policy': 'compact' } });
  const key = Buffer.from('k');
  const sized = (bytes: number): EventIn => ({ key, value: Buffer.alloc(bytes), headers: [['h', Buffer.from('v')]] });
  const cases: [topic: string, event: EventIn][] = [
    ...Array.from({ length: 300 }, (_, i): [string, EventIn] => ['small', sized(150 + i)]),
    ['small', { key, value: null, partition: 2 }],
    ['small', { key, value: null, timestampMs: -1 }],
    ['small', { key: null, value: null }],
    ['latest', { key: null, value: null }],
    ['latest', { key, value: null }],
  ];
  const found = new Set<unknown>();
  for (const [topic, event] of cases) {
    const [refusal] = await events.refusals(topic, [event]);
    const produced = await events.produce(topic, [event]).then(
      () => undefined,
      (error: unknown) => codeOf(error),
    );
    expect(refusal?.code).toBe(produced);
    found.add(produced);
  }
  expect(found).toEqual(
    new Set([undefined, 'message_too_large', 'partition_unknown', 'event_invalid', 'key_required']),
  );
});

it('names each refused event by its place, and none of the others', async () => {
  const { topics, events } = topicWorld();
  await topics.create('latest', { config: { 'cleanup.policy': 'compact' } });
  const good = { key: Buffer.from('k'), value: null };
  const [first, second, third] = await events.refusals('latest', [good, { key: null, value: null }, good]);
  expect([first, third]).toEqual([undefined, undefined]);
  expect(second?.message).toContain('Event 1 has no key');
});

it('knows no topic that is not there', async () => {
  await expect(topicWorld().events.refusals('nowhere', [])).rejects.toMatchObject({ code: 'topic_unknown' });
});
