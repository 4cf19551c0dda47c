import { decodeRequest, KafkaProtocolError, readRequestHeader } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../../kafka/client.ts';
import { EVERY_VERSION, madeUpRequest, requestFrame } from '../../kafka/codec/messages.ts';
import { batchOf } from '../../kafka/records.ts';
import { seededRandom } from '../../support/clock.ts';
import type { Target } from '../target.ts';
import { changedTree } from '../tree.ts';
import { hastyClock } from './hasty-clock.ts';

/** What requests leave behind must neither fill memory nor decide what the next ones find for ever. */
const WORLD_FRAMES = 200;

let world: World | undefined;
let frames = 0;
let unexpected: unknown;

/** Requests that have work to do, beside those that are made up. */
const SENSIBLE = {
  'produce-two-events': requestFrame('Produce', 9, {
    ...{ transactionalId: null, acks: -1, timeoutMs: 1_000 },
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf('a', 'b') }] }],
  }),
  'fetch-from-the-start': requestFrame('Fetch', 12, {
    ...{ clusterId: null, replicaId: -1, maxWaitMs: 100, minBytes: 1, maxBytes: 1e6, isolationLevel: 1 },
    ...{ sessionId: 0, sessionEpoch: 0, forgottenTopicsData: [], rackId: '' },
    topics: [
      {
        topic: 'orders',
        partitions: [
          {
            ...{ partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: -1 },
            ...{ partitionMaxBytes: 1e6 },
          },
        ],
      },
    ],
  }),
};

async function open(): Promise<World> {
  const platform = { clock: hastyClock(), random: seededRandom(1) };
  const onError = (error: unknown) => {
    unexpected = error;
  };
  const opened = openWorld({ platform, gateway: { onError } });
  await opened.platform.topics.create('orders', { partitions: 2 });
  await opened.platform.topics.create('latest', { partitions: 1, config: { 'cleanup.policy': 'compact' } });
  return opened;
}

/** One request of a client, from its frame to the answer: a gateway has an answer, or ends the connection, for any. */
export const target: Target = {
  name: 'kafka-sessions',
  seeds: () => SENSIBLE,
  more: () => EVERY_VERSION.map(({ name, version }) => requestFrame(name, version, madeUpRequest(name, version, 5))),
  words: ['orders', 'latest', 'g', '*'],
  change(frame, random) {
    const { api, apiVersion, readable, bodyAt } = readRequestHeader(frame);
    if (api === null || !readable) return undefined;
    const words = ['orders', 'latest', 'g', '*', 'range', 'consumer'];
    const body = changedTree(decodeRequest(api, apiVersion, frame, bodyAt), random, words);
    try {
      return requestFrame(api, apiVersion, body as never);
    } catch (error) {
      // Not every tree is a request: of those that are none nothing can be sent.
      if (error instanceof KafkaProtocolError || error instanceof TypeError || error instanceof RangeError)
        return undefined;
      throw error;
    }
  },
  async take(frame) {
    if (frames++ % WORLD_FRAMES === 0) {
      await world?.close();
      world = await open();
    }
    unexpected = undefined;
    const session = world!.gateway.connect({
      ...{ host: '10.0.0.7', local: { host: '10.0.0.1', port: 9092 }, listener: 'PLAINTEXT' },
    });
    try {
      const answer = await session.handle(frame);
      const sizeBytes = answer?.parts.reduce((sum, part) => sum + part.length, 0);
      if (answer && sizeBytes !== answer.sizeBytes) throw new Error('an answer of another size than it says');
    } finally {
      session.close();
    }
    if (unexpected !== undefined) throw unexpected;
    return undefined;
  },
  isClean: (error) => error instanceof KafkaProtocolError && error.code !== 'kafka_unwritable',
};
