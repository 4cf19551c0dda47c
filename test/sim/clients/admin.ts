import { type ApiName, KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { type Grow, partitionName, type Read, type Trim } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import { surprise } from '../world.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { errorName } from './outcomes.ts';
import type { KnownTopic } from './producer.ts';

/** A topic that may get partitions: those who send to it and read from it hear of them. */
export interface GrowingTopic extends KnownTopic {
  partitions: number;
  hasGrown?: boolean;
}

/** What an administrator may do: delete records, add partitions, look at things, change settings. */
export const ADMIN_TASKS = ['trim', 'grow', 'look', 'alter'] as const;
export type AdminTask = (typeof ADMIN_TASKS)[number];

export interface AdminOptions {
  readonly tasks: readonly AdminTask[];
  /** What it changes. */
  readonly topic: GrowingTopic;
  readonly groups: readonly string[];
  readonly thinkMs: number;
}

const PARTITIONS_MAX = 5;
const EARLIEST = -2;
const LATEST = -1;
const TOPIC = 2;
const SET = 0;
const ALTERED = 'max.message.bytes';
const ALTERED_VALUES = ['900000', '1000000', '1048588'] as const;

/** Does what administrators do, while everybody works. Nothing that it asks may meet an error that nobody knows. */
export function admin(options: AdminOptions): ClientProgram {
  return async (parts) => {
    const { process, chance, ending } = parts;
    const one = new Admin(parts, options);
    for (let failures = 0; !ending(); ) {
      await process.clock.sleep(chance.between(0, options.thinkMs));
      try {
        await one.do(chance.pick(options.tasks));
        failures = 0;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        await backOff(parts, ++failures);
      }
    }
  };
}

class Admin {
  readonly #parts: ClientParts;
  readonly #options: AdminOptions;
  readonly #link: KafkaLink;

  constructor(parts: ClientParts, options: AdminOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#link = new KafkaLink(parts);
  }

  /** @throws ConnectionLost */
  do(task: AdminTask): Promise<void> {
    switch (task) {
      case 'trim':
        return this.#trim();
      case 'grow':
        return this.#grow();
      case 'look':
        return this.#look();
      case 'alter':
        return this.#alter();
    }
  }

  /** Deletes the records of a partition before some offset that it has. */
  async #trim(): Promise<void> {
    const { world, process, chance } = this.#parts;
    const { name, partitions } = this.#options.topic;
    const partition = chance.below(partitions);
    const first = await this.#offset(partition, EARLIEST);
    const end = await this.#offset(partition, LATEST);
    if (first === undefined || end === undefined || end <= first) return;
    const offset = first + 1 + chance.below(Math.ceil((end - first) / 2));
    const of = partitionName(name, partition);
    const running = world.recorder.invoke<Trim>(process.name, { kind: 'trim', partition: of, before: offset });
    try {
      const answer = await this.#link.connection.call('DeleteRecords', {
        topics: [{ name, partitions: [{ partitionIndex: partition, offset }] }],
        timeoutMs: 5_000,
      });
      const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!;
      this.#expect('DeleteRecords', errorCode);
      if (errorCode !== KAFKA_ERRORS.NONE) return running.info(errorName(errorCode));
      if (lowWatermark < offset) this.#tell(`DeleteRecords of ${of} before ${offset} left it at ${lowWatermark}`);
      running.ok();
    } catch (error) {
      running.info('no answer');
      throw error;
    }
  }

  /** Adds a partition. Whether it came about, where no answer says so, the metadata tell. */
  async #grow(): Promise<void> {
    const { world, process } = this.#parts;
    const { topic } = this.#options;
    const { name, partitions } = topic;
    if (partitions < PARTITIONS_MAX) {
      const running = world.recorder.invoke<Grow>(process.name, { kind: 'grow', topic: name, to: partitions + 1 });
      try {
        const asked = { topics: [{ name, count: partitions + 1, assignments: null }], timeoutMs: 5_000 };
        const answer = await this.#link.connection.call('CreatePartitions', asked);
        const { errorCode } = answer.results[0]!;
        this.#expect('CreatePartitions', errorCode);
        if (errorCode === KAFKA_ERRORS.NONE) running.ok();
        else running.info(errorName(errorCode));
        if (errorCode === KAFKA_ERRORS.NONE) this.#has(partitions + 1);
      } catch (error) {
        running.info('no answer');
        throw error;
      }
    }
    const told = await this.#link.connection.call('Metadata', { topics: [{ name }], allowAutoTopicCreation: false });
    this.#has(told.topics[0]!.partitions.length);
  }

  #has(partitions: number): void {
    const { topic } = this.#options;
    if (partitions <= topic.partitions) return;
    topic.partitions = partitions;
    topic.hasGrown = true;
  }

  /** Where a partition ends, which must be behind what is there; and what the groups are. */
  async #look(): Promise<void> {
    const { world, process, chance } = this.#parts;
    const { topic, groups } = this.#options;
    const { connection } = this.#link;
    const partition = chance.below(topic.partitions);
    const of = partitionName(topic.name, partition);
    const isolation = 'uncommitted';
    const none = { kind: 'read', partition: of, isolation, from: 0, to: 0, records: [] } as const;
    const running = world.recorder.invoke<Read>(process.name, none);
    const end = await this.#offset(partition, LATEST).catch((error) => {
      running.fail('no answer');
      throw error;
    });
    if (end === undefined) running.fail('an error');
    else running.ok({ from: end, to: end });
    const listed = await connection.call('ListGroups', { statesFilter: [], typesFilter: [] });
    this.#expect('ListGroups', listed.errorCode);
    if (groups.length === 0) return;
    const classic = await connection.call('DescribeGroups', { groups, includeAuthorizedOperations: false });
    for (const { errorCode } of classic.groups) this.#expect('DescribeGroups', errorCode);
    const modern = await connection.call('ConsumerGroupDescribe', { groupIds: groups });
    for (const { errorCode } of modern.groups) this.#expect('ConsumerGroupDescribe', errorCode);
  }

  /** Changes a setting of the topic, and reads all of them. */
  async #alter(): Promise<void> {
    const { chance } = this.#parts;
    const { name: resourceName } = this.#options.topic;
    const configs = [{ name: ALTERED, configOperation: SET, value: chance.pick(ALTERED_VALUES) }];
    const altered = await this.#link.connection.call('IncrementalAlterConfigs', {
      resources: [{ resourceType: TOPIC, resourceName, configs }],
      validateOnly: false,
    });
    this.#expect('IncrementalAlterConfigs', altered.responses[0]!.errorCode);
    const described = await this.#link.connection.call('DescribeConfigs', {
      resources: [{ resourceType: TOPIC, resourceName, configurationKeys: null }],
    });
    this.#expect('DescribeConfigs', described.results[0]!.errorCode);
  }

  /** Undefined where the server did not know. */
  async #offset(partitionIndex: number, timestamp: number): Promise<number | undefined> {
    const { name } = this.#options.topic;
    const partitions = [{ partitionIndex, timestamp, currentLeaderEpoch: -1 }];
    const answer = await this.#link.connection.call('ListOffsets', { replicaId: -1, topics: [{ name, partitions }] });
    const { errorCode, offset } = answer.topics[0]!.partitions[0]!;
    this.#expect('ListOffsets', errorCode);
    return errorCode === KAFKA_ERRORS.NONE ? offset : undefined;
  }

  /** Any error that says something will do. */
  #expect(api: ApiName, errorCode: number): void {
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) this.#tell(`${api} was answered with ${errorName(errorCode)}`);
  }

  #tell(what: string): void {
    surprise(this.#parts.world, this.#parts.process.name, what);
  }
}
