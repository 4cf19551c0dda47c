import { partitionName, type Send } from '../../checker/index.ts';
import { httpCall } from '../http-call.ts';
import { backOff, type ClientParts, type ClientProgram } from './client.ts';
import type { KnownTopic } from './producer.ts';

export interface HttpProducerOptions {
  readonly topics: readonly KnownTopic[];
  readonly requests: number;
  readonly thinkMs: number;
  /** Whether requests have an idempotency key, and so are sent again until they are answered. */
  readonly keyed: boolean;
}

const V2_BINARY = 'application/vnd.kafka.binary.v2+json';
const RECORDS_MAX = 4;
const TRIES_MAX = 25;
/** With a key, one request of many is sent to two servers at once, as by a proxy that retries too early. */
const TWICE = 0.1;

interface Placed {
  readonly offsets: readonly { readonly partition: number; readonly offset: number }[];
}

/** An HTTP producer: one request after the other, all or nothing; with a key it sends each until it is answered. */
export function httpProducer(options: HttpProducerOptions): ClientProgram {
  return async (parts) => {
    const { process, chance, ending } = parts;
    for (let request = 0; request < options.requests && !ending(); request++) {
      await produce(parts, options, `${process.name}-${request}`);
      await process.clock.sleep(chance.between(0, options.thinkMs));
    }
  };
}

async function produce(parts: ClientParts, { topics, keyed }: HttpProducerOptions, key: string): Promise<void> {
  const { world, process, chance, servers } = parts;
  const topic = chance.pick(topics);
  const records = Array.from({ length: 1 + chance.below(RECORDS_MAX) }, (_, i) => {
    const recordKey = topic.keys > 0 ? `k${chance.below(topic.keys)}` : undefined;
    return { partition: chance.below(topic.partitions), key: recordKey, value: `${key}.${i}` };
  });
  const named = records.map((record) => ({ ...record, partition: partitionName(topic.name, record.partition) }));
  const running = world.recorder.invoke<Send>(process.name, { kind: 'send', records: named });
  const request = {
    method: 'POST',
    path: `/topics/${topic.name}`,
    headers: { 'content-type': V2_BINARY, ...(keyed && { 'idempotency-key': key }) },
    body: {
      records: records.map(({ partition, key: k, value }) => ({
        partition,
        value: base64(value),
        ...(k && { key: base64(k) }),
      })),
    },
  };
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const server = chance.pick(servers);
    if (keyed && chance.is(TWICE)) void httpCall(parts, chance.pick(servers), request);
    const answer = await httpCall(parts, server, request);
    if (answer?.status === 200) {
      const { offsets } = answer.body as Placed;
      return running.ok({ records: named.map((record, i) => ({ ...record, offset: offsets[i]!.offset })) });
    }
    if (!keyed) return running.info(`answered ${answer?.status}`);
    await backOff(parts, tries);
  }
  return running.info('given up');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
