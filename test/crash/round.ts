import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Finding, type History, Recorder, topicOf } from '../checker/index.ts';
import { seededRandom } from '../support/clock.ts';
import { type CrashClient, groupsOf, PARTITIONS_PER_LEDGER, type Round, type RoundTopic } from './clients/client.ts';
import { copier, copierGroup, copiesOf, moverGroup, movesOf } from './clients/copier.ts';
import { httpConsumer } from './clients/http-consumer.ts';
import { httpProcessor } from './clients/http-processor.ts';
import { keyedHttpProducer, plainHttpProducer } from './clients/http-producer.ts';
import { kafkajsClient } from './clients/kafka.ts';
import { kafkajsConsumer } from './clients/kafkajs-consumer.ts';
import { kafkajsProducer } from './clients/kafkajs-producer.ts';
import { kafkajsTransactions } from './clients/kafkajs-transactions.ts';
import { platformaticProducer } from './clients/platformatic-producer.ts';
import { fetchOffsets, lookAtOffsets, reader, readToEnd } from './clients/reader.ts';
import { checkCopies } from './copies.ts';
import { KafkaLink, LinkLost } from './kafka-link.ts';
import { haunt, type Suffered } from './nemesis.ts';
import { checkRouted, createRoute, readRouted, routedOf, routeGroup } from './routed.ts';
import type { Site } from './site.ts';

const PRODUCERS: Readonly<Record<string, CrashClient>> = {
  'http-keyed-1': keyedHttpProducer,
  'http-keyed-2': keyedHttpProducer,
  'http-plain': plainHttpProducer,
  'kafkajs-producer-1': kafkajsProducer,
  'kafkajs-producer-2': kafkajsProducer,
  'kafkajs-transactions-1': kafkajsTransactions,
  'kafkajs-transactions-2': kafkajsTransactions,
  'platformatic-producer': platformaticProducer,
};
const PROCESSORS: Readonly<Record<string, CrashClient>> = {
  copier,
  'http-processor-1': httpProcessor,
  'http-processor-2': httpProcessor,
};
const CONSUMERS: Readonly<Record<string, CrashClient>> = {
  'http-consumer': httpConsumer,
  'kafkajs-member-1': kafkajsConsumer,
  'kafkajs-member-2': kafkajsConsumer,
  'reader-1': reader,
  'reader-2': reader,
};

/** Of what is looked at in the end, this much has to be there: a round in which nothing happened says nothing. */
const ACKNOWLEDGED_MIN = 20;
type Reading = Omit<Round, 'ending'>;

/** How long clients may take to come to their end once all is well. */
const END_MS_MAX = 240_000;

export interface RoundOptions {
  readonly site: Site;
  readonly seed: number;
  readonly faults: number;
}

export interface RoundResult {
  /** What went wrong with the servers, in order. */
  readonly faults: readonly Suffered[];
  readonly history: History;
  readonly findings: readonly Finding[];
  /** Of what was to be copied exactly once, by processors and by a route. */
  readonly complaints: readonly string[];
  readonly acknowledged: number;
}

/** Clients of all kinds, and faults, until all is well again; then what there is, is read and judged. */
export async function runRound({ site, seed, faults }: RoundOptions): Promise<RoundResult> {
  const random = seededRandom(seed);
  const startMs = performance.now();
  const recorder = new Recorder(() => Math.round(performance.now() - startMs));
  const prefix = `r${seed}`;
  const written: RoundTopic[] = [
    { name: `${prefix}-orders`, partitions: 4 },
    { name: `${prefix}-payments`, partitions: 2 },
  ];
  const topics = [...written, { name: `${prefix}-copies`, partitions: 2 }, { name: `${prefix}-moved`, partitions: 4 }];
  const round = { site, recorder, random, topics, prefix };
  await createTopics(round);
  await createRoute(round);
  const producers = new Running(PRODUCERS, { ...round, topics: written });
  const processors = new Running(PROCESSORS, round);
  const consumers = new Running(CONSUMERS, round);
  const running = [producers, processors, consumers];
  try {
    const done = await Promise.race([
      haunt({ site, random, faults, done: () => recorder.succeeded }),
      ...running.map(({ failed }) => failed),
    ]);
    await producers.end();
    const [copied, moved, routed] = [copiesOf(topics), movesOf(topics), routedOf(round)];
    await finalReads(round);
    await caughtUp(round, [copierGroup(round)], [copied.source]);
    await caughtUp(round, [moverGroup(round)], [moved.source]);
    await caughtUp(round, [routeGroup(round)], [routed.from]);
    await processors.end();
    await finalReads(round);
    const groups = groupsOf(round).filter((group) => ![copierGroup(round), moverGroup(round)].includes(group));
    await caughtUp(round, groups, topics);
    await consumers.end();
    for (const address of site.kafka) await withLink(address, (link) => lookAtGroups(round, link));
    const history = recorder.history();
    const acknowledged = history.operations.filter(({ kind, outcome }) => kind === 'send' && outcome === 'ok').length;
    if (acknowledged < ACKNOWLEDGED_MIN) throw new Error(`Only ${acknowledged} requests were acknowledged.`);
    const complaints = [copied, moved].flatMap(({ source, target }) => {
      return checkCopies(history, { source: source.name, target: target.name });
    });
    complaints.push(...checkRouted(history, routed.from, await readRouted(round)));
    return {
      faults: done,
      history,
      findings: check(history, { atLeastOnce: new Set(groups) }),
      complaints,
      acknowledged,
    };
  } finally {
    for (const one of running) one.abandon();
  }
}

/** Programs under way, each with draws of its own, so that they do not depend on the order in which they run. */
class Running {
  /** Rejects where a program of them fails. */
  readonly failed: Promise<never>;
  readonly #ending = new AbortController();
  readonly #names: Set<string>;
  readonly #ended: Promise<unknown>;

  constructor(programs: Readonly<Record<string, CrashClient>>, round: Reading) {
    this.#names = new Set(Object.keys(programs));
    const running = Object.entries(programs).map(async ([name, program]) => {
      const random = seededRandom(Math.floor(round.random.next() * 2 ** 31));
      await program({ ...round, random, ending: this.#ending.signal }, name);
      this.#names.delete(name);
    });
    this.#ended = Promise.all(running);
    this.failed = new Promise((_, reject) => {
      this.#ended.catch(reject);
    });
    this.failed.catch(() => undefined);
  }

  /** They finish what they began. @throws where they do not */
  async end(): Promise<void> {
    this.abandon();
    const late = async () => {
      await sleep(END_MS_MAX, undefined, { ref: false });
      const names = [...this.#names].join(', ');
      throw new Error(`Though all is well, these did not come to their end within ${END_MS_MAX} ms: ${names}.`);
    };
    await Promise.race([this.#ended, late()]);
  }

  abandon(): void {
    this.#ending.abort();
  }
}

async function createTopics(round: Reading): Promise<void> {
  const admin = kafkajsClient(round, 'admin').admin();
  await admin.connect();
  const configEntries = [{ name: 'millrace.partitions.per.ledger', value: String(PARTITIONS_PER_LEDGER) }];
  await admin.createTopics({
    topics: [...round.topics, routedOf(round).to].map(({ name, partitions }) => {
      return { topic: name, numPartitions: partitions, configEntries };
    }),
  });
  await admin.disconnect();
}

/** @returns undefined where the connection broke */
async function withLink<T>(address: string, use: (link: KafkaLink) => Promise<T>): Promise<T | undefined> {
  const link = new KafkaLink(address);
  try {
    return await use(link);
  } catch (error) {
    if (error instanceof LinkLost) return undefined;
    throw error;
  } finally {
    link.close();
  }
}

/** Every partition, by both isolations, over every server. */
async function finalReads(round: Reading): Promise<void> {
  const readAll = async (link: KafkaLink) => {
    for (const { name: topic, partitions } of round.topics) {
      for (let partition = 0; partition < partitions; partition++) {
        for (const isolation of ['uncommitted', 'committed'] as const) {
          await readToEnd(round, link, { name: 'final', topic, partition, isolation });
        }
      }
    }
  };
  for (const address of round.site.kafka) {
    const tries = async () => {
      const before = round.recorder.history().operations.length;
      await withLink(address, readAll);
      const reads = round.recorder.history().operations.slice(before);
      return reads.filter(({ process }) => process === 'final').every(({ outcome }) => outcome === 'ok');
    };
    await until(tries, () => `that everything is read at ${address}`);
  }
}

async function lookAtGroups(round: Reading, link: KafkaLink): Promise<void> {
  for (const group of groupsOf(round)) await lookAtOffsets(round, link, { name: 'final', group });
}

/** Groups come to the end of what there is: they are not only right, they go on. */
async function caughtUp(round: Reading, groups: readonly string[], topics: readonly RoundTopic[]): Promise<void> {
  const ends = new Map<string, number>();
  for (const one of round.recorder.history().operations) {
    if (one.kind !== 'read' || one.process !== 'final' || one.isolation !== 'committed') continue;
    const last = one.records.at(-1);
    if (last && topics.some(({ name }) => topicOf(one.partition) === name)) ends.set(one.partition, last[0] + 1);
  }
  for (const group of groups) {
    const lag = new Map<string, string>();
    const come = () =>
      withLink(round.site.kafka[0]!, async (link) => {
        const offsets = await fetchOffsets(link, { group, topics, stable: false });
        lag.clear();
        for (const [partition, end] of ends) {
          const at = offsets?.get(partition) ?? 0;
          if (at < end) lag.set(partition, `${at} of ${end}`);
        }
        return lag.size === 0;
      });
    await until(come, () => `that ${group} consumes everything: ${JSON.stringify([...lag])}`).catch(
      async (error: unknown) => {
        const members = await withLink(round.site.kafka[0]!, (link) => membersOf(link, group));
        throw new Error(`${group} has the members ${JSON.stringify(members)}`, { cause: error });
      },
    );
  }
}

/** Who is in a group of the new protocol, and has what: for whoever looks into why it does not go on. */
async function membersOf(link: KafkaLink, group: string): Promise<unknown> {
  return (await link.call('ConsumerGroupDescribe', { groupIds: [group], includeAuthorizedOperations: false })).groups;
}

async function until(holds: () => Promise<boolean | undefined>, what: () => string): Promise<void> {
  const endMs = performance.now() + END_MS_MAX;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`Though all is well, it did not come about ${what()}.`);
    await sleep(200);
  }
}
