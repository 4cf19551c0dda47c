/**
 * S3 and DynamoDB that fail: proxies before an emulator of them, one for each server, so that a store may be in trouble for
 * one server alone. A request is passed on as it came, with the name that it was signed for.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../lib/bytes/index.ts';
import { type FaultyProxy, faultyProxy, type NetworkFault } from '../aws/faulty-proxy.ts';
import { seededRandom } from '../support/clock.ts';
import { pick } from './clients/client.ts';
import type { Trouble } from './site.ts';

/** The shares of requests that fail. */
const RATES = [0.05, 0.3, 1] as const;
/** Of troubles, so many are of one server's connection alone. */
const ONE_SERVER_SHARE = 0.4;
/** What is late comes at once when all else is well, or after its sender gave up: servers wait 5 s for an item. */
const LATE_MS = [0, 6_000] as const;

/** DynamoDB, API reference, "Error handling": refused before anything was done. */
const THROTTLES = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'] as const;

/** What a service answers, in the words of the one that was asked. */
function says(request: IncomingMessage, { s3, dynamo }: { s3: Said; dynamo: Said }): NetworkFault {
  const isItems = request.headers['x-amz-target'] !== undefined;
  const [status, code] = isItems ? dynamo : s3;
  if (!isItems) {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>made to fail</Message></Error>`;
    return { status, type: 'application/xml', body };
  }
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'made to fail' });
  return { status, type: 'application/x-amz-json-1.0', body };
}

type Said = readonly [status: number, code: string];
type Draw = (random: Random, request: IncomingMessage) => NetworkFault;

const throttled: Draw = (random, request) =>
  says(request, { s3: [503, 'SlowDown'], dynamo: [400, pick(random, THROTTLES)] });

const internalError: Draw = (_, request) =>
  says(request, { s3: [500, 'InternalError'], dynamo: [500, 'InternalServerError'] });

/** Who is told of an error of the service, or of none at all, cannot know what became of the request. */
const FAILURES: readonly Draw[] = [
  internalError,
  (random, request) => ({ ...(internalError(random, request) as object), carriedOut: true }) as NetworkFault,
  () => 'answer lost',
  () => 'request lost',
  () => 'cut',
  () => 'silence',
  () => 'late',
];

const failing: Draw = (random, request) => pick(random, FAILURES)(random, request);

export interface FailingStores {
  /** Of the endpoint that each server has. */
  readonly urls: readonly string[];
  readonly troubles: readonly Trouble[];
  close(): Promise<void>;
}

/** Proxies for so many servers before an emulator at `endpoint`. */
export async function failingStores(endpoint: string, servers: number): Promise<FailingStores> {
  const proxies = await Promise.all(Array.from({ length: servers }, () => faultyProxy(endpoint)));
  return {
    urls: proxies.map(({ url }) => url),
    troubles: [trouble('failing', failing, proxies), trouble('full', throttled, proxies)],
    close: async () => {
      for (const proxy of proxies) await proxy.close();
    },
  };
}

function trouble(kind: Trouble['kind'], draw: Draw, proxies: readonly FaultyProxy[]): Trouble {
  let [hit, requests, failed, lateMs]: [readonly FaultyProxy[], number, number, number] = [[], 0, 0, 0];
  return {
    kind,
    begin(random) {
      // Draws of its own: how many requests come must not change what the round draws next.
      const own = seededRandom(Math.floor(random.next() * 2 ** 31));
      const rate = pick(own, RATES);
      lateMs = pick(own, LATE_MS);
      hit = own.next() < ONE_SERVER_SHARE ? [pick(own, proxies)] : proxies;
      [requests, failed] = [0, 0];
      for (const proxy of hit) {
        proxy.failEach((request) => {
          requests++;
          if (failed > 0 && own.next() >= rate) return undefined;
          failed++;
          return draw(own, request);
        });
      }
    },
    async end() {
      for (const proxy of hit) proxy.failEach(undefined);
      if (kind === 'failing') await sleep(lateMs);
      for (const proxy of hit) await proxy.release();
      const where = hit.length === 1 ? 'the stores of one server' : 'the stores';
      return `${where} ${kind === 'full' ? 'throttled' : 'failed'} ${failed} of ${requests} requests`;
    },
  };
}
