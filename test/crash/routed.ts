import { setTimeout as sleep } from 'node:timers/promises';
import { type History, type PartitionName, partitionName, Recorder, type Seen } from '../checker/index.ts';
import { pick, type Round, type RoundTopic } from './clients/client.ts';
import { readToEnd } from './clients/reader.ts';
import { ask, Cut } from './http.ts';
import { KafkaLink } from './kafka-link.ts';

/** What a route copies, and to where: what is sent there comes from no client, so no history has it. */
export function routedOf({ prefix, topics }: Pick<Round, 'prefix' | 'topics'>): { from: RoundTopic; to: RoundTopic } {
  return { from: topics[0]!, to: { name: `${prefix}-routed`, partitions: 3 } };
}

const RETRY_MS = 200;

/** Makes a route that copies one topic to another, and keeps at it whatever fails. */
export async function createRoute(round: Omit<Round, 'ending'>): Promise<void> {
  const { from, to } = routedOf(round);
  const json = {
    'connector.class': 'topic',
    topics: from.name,
    'topic.name': to.name,
    'errors.retry.timeout': '-1',
  };
  for (;;) {
    const url = `${pick(round.random, round.site.http)}/connectors/${to.name}/config`;
    const answer = await ask('PUT', url, { json }).catch((error: unknown) => {
      if (error instanceof Cut) return undefined;
      throw error;
    });
    if (answer && answer.status < 300) return;
    if (answer && answer.status < 500) throw new Error(`The route was refused: ${JSON.stringify(answer.body)}`);
    await sleep(RETRY_MS);
  }
}

/** The group that a route's positions are kept for. */
export function routeGroup(round: Pick<Round, 'prefix' | 'topics'>): string {
  return `route.${routedOf(round).to.name}`;
}

/** All records of the topic that the route writes to. @throws LinkLost */
export async function readRouted(round: Omit<Round, 'ending'>): Promise<string[]> {
  const { to } = routedOf(round);
  const link = new KafkaLink(round.site.kafka[0]!);
  const recorder = new Recorder();
  for (let partition = 0; partition < to.partitions; partition++) {
    await readToEnd({ recorder }, link, { name: 'final', topic: to.name, partition, isolation: 'committed' });
  }
  link.close();
  return recorder.history().operations.flatMap((one) => {
    if (one.kind !== 'read' || one.outcome !== 'ok') throw new Error(`${to.name} could not be read`);
    return one.records.map(([, value]) => value);
  });
}

/**
 * Whether every record of the route's source was copied exactly once, and those of a key in their order. Goes by the last
 * read-committed reads of each partition.
 */
export function checkRouted(history: History, source: RoundTopic, copies: readonly string[]): string[] {
  const reads = new Map<PartitionName, readonly Seen[]>();
  const keys = new Map<string, string | undefined>();
  for (const one of history.operations) {
    if (one.kind === 'send') for (const { value, key } of one.records) keys.set(value, key);
    if (one.kind === 'read' && one.process === 'final' && one.isolation === 'committed')
      reads.set(one.partition, one.records);
  }
  const places = new Map<string, number[]>();
  for (const [place, value] of copies.entries()) places.set(value, [...(places.get(value) ?? []), place]);
  const complaints: string[] = [];
  const originals = new Set<string>();
  for (let partition = 0; partition < source.partitions; partition++) {
    const last = new Map<string | undefined, number>();
    for (const [offset, value] of reads.get(partitionName(source.name, partition)) ?? []) {
      originals.add(value);
      const found = places.get(value) ?? [];
      const key = keys.get(value);
      const where = `${value} at ${partitionName(source.name, partition)}@${offset}`;
      if (found.length !== 1) complaints.push(`${where} was copied ${found.length} times by the route`);
      else if (key !== undefined && found[0]! < (last.get(key) ?? -1))
        complaints.push(`${where} was copied before one of its key that stands before it`);
      if (found.length === 1) last.set(key, found[0]!);
    }
  }
  for (const value of places.keys()) {
    if (!originals.has(value)) complaints.push(`${value} was copied by the route, and is not in ${source.name}`);
  }
  return complaints;
}
