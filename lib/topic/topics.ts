import { type Clock, newUlid, type Random, ulidText } from '../bytes/index.ts';
import type { Log, TopicLayout } from '../log/index.ts';
import { type Check, type Condition, eachItem, type MetaStore } from '../store/index.ts';
import { type ConfigEntry, changeConfig, describeConfig, parseConfig, type TopicSettings } from './config.ts';
import { TopicError } from './errors.ts';
import { parseTopic, TOPICS_PK, type TopicRecord, topicItem, topicKey } from './topic-item.ts';

/** A topic as callers see it. */
export interface TopicInfo extends TopicLayout {
  readonly name: string;
  /** What was set; defaults are not in it. */
  readonly config: Readonly<Record<string, string>>;
  /** What holds: set or default, parsed. */
  readonly settings: TopicSettings;
  readonly createdMs: number;
}

/** A topic of a million partitions would take 31,250 ledgers: far beyond what one topic is good for. */
export const PARTITIONS_MAX = 100_000;
/** For topics made without a number: enough for a small group to share. */
const PARTITIONS_DEFAULT = 4;
const NAME = /^[a-zA-Z0-9._-]{1,249}$/;
const TRIES_MAX = 10;
/** How long another process's change of a topic may go unnoticed here. */
const CACHE_MS = 2_000;

/** Settings to change; null takes one back to its default. */
export type ConfigChange = Readonly<Record<string, string | null>>;

/**
 * Topics: made, described, changed, deleted. A topic is one item that names its ledgers; it becomes visible when its
 * ledgers are there, and ends before they go, so that a crash in between leaves something to finish, never half a topic.
 *
 * @example
 * await topics.create('orders', { partitions: 8, config: { 'retention.ms': '-1' } });
 */
export class Topics {
  readonly #items: MetaStore;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cache = new Map<string, { topic: TopicInfo; untilMs: number }>();

  constructor(parts: { items: MetaStore; log: Log; clock: Clock; random: Random }) {
    this.#items = parts.items;
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /** @throws TopicError `topic_exists`, `topic_name_invalid`, `partitions_invalid`, `config_unknown`, `config_invalid` */
  async create(
    name: string,
    options: { partitions?: number; config?: Readonly<Record<string, string>> } = {},
  ): Promise<TopicInfo> {
    const { partitions = PARTITIONS_DEFAULT, config = {} } = options;
    requireName(name);
    requirePartitions(partitions);
    const width = parseConfig(config).partitionsPerLedger;
    const nowMs = this.#clock.nowMs();
    const topicId = ulidText(newUlid(nowMs, this.#random));
    const topic: TopicRecord = {
      name,
      topicId,
      partitions,
      width,
      config: { ...config },
      createdMs: nowMs,
      state: 'creating',
      version: 1,
    };
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const put = await this.#items.write({
        write: 'put',
        key: topicKey(name),
        item: topicItem(topic),
        when: { if: 'itemAbsent' },
      });
      const other = put.old && parseTopic(name, put.old);
      if (put.applied || other?.topicId === topicId) return this.#finishCreating(topic);
      if (other) await this.#finish(other);
      if (other && other.state !== 'deleting') throw new TopicError('topic_exists', `Topic '${name}' exists already.`);
    }
    throw busy(name);
  }

  /** @throws TopicError `topic_unknown` */
  async describe(name: string): Promise<TopicInfo> {
    const nowMs = this.#clock.nowMs();
    const known = this.#cache.get(name);
    if (known && known.untilMs > nowMs && known.untilMs <= nowMs + CACHE_MS) return known.topic;
    const topic = await this.#read(name);
    if (topic?.state !== 'active') {
      this.#cache.delete(name);
      throw new TopicError('topic_unknown', `Topic '${name}' does not exist. Create it first, or check its name.`);
    }
    return this.#remember(topic);
  }

  /** Where the topic's ledgers are, or undefined where there is no such topic. */
  async layout(name: string): Promise<TopicInfo | undefined> {
    try {
      return await this.describe(name);
    } catch (error) {
      if (error instanceof TopicError && error.code === 'topic_unknown') return undefined;
      throw error;
    }
  }

  /** All topics, by name. */
  async list(): Promise<TopicInfo[]> {
    return (await this.#all()).filter((topic) => topic.state === 'active').map(toInfo);
  }

  async names(): Promise<string[]> {
    return (await this.list()).map((topic) => topic.name);
  }

  /** All settings of a topic with their values. @throws TopicError `topic_unknown` */
  async config(name: string): Promise<ConfigEntry[]> {
    return describeConfig((await this.describe(name)).config);
  }

  /**
   * Changes settings; null takes one back to its default. A function makes the change out of what is set.
   * @throws TopicError as `create`, `topic_unknown`; what the function throws
   */
  alter(name: string, change: ConfigChange | ((config: TopicInfo['config']) => ConfigChange)): Promise<TopicInfo> {
    return this.#change(name, async (topic) => ({
      ...topic,
      config: changeConfig(topic.config, typeof change === 'function' ? change(topic.config) : change),
    }));
  }

  /** What `alter` would make of the topic's settings; changes nothing. @throws TopicError as `alter` */
  async checkAlter(name: string, change: (config: TopicInfo['config']) => ConfigChange): Promise<void> {
    const { config } = await this.describe(name);
    changeConfig(config, change(config));
  }

  /** Whether `create` would make the topic; makes nothing. @throws TopicError as `create` */
  async checkCreate(
    name: string,
    { partitions = PARTITIONS_DEFAULT, config = {} }: { partitions?: number; config?: TopicInfo['config'] } = {},
  ): Promise<void> {
    requireName(name);
    requirePartitions(partitions);
    parseConfig(config);
    if (await this.#read(name)) throw new TopicError('topic_exists', `Topic '${name}' exists already.`);
  }

  /** Raises the number of partitions to `partitions`. Keys may land elsewhere from then on, as in Kafka. */
  addPartitions(name: string, partitions: number): Promise<TopicInfo> {
    requirePartitions(partitions);
    return this.#change(name, async (topic) => {
      if (partitions <= topic.partitions) {
        throw new TopicError(
          'partitions_invalid',
          `Topic '${name}' has ${topic.partitions} partitions; their number can only grow, and ${partitions} is not more.`,
        );
      }
      // First the room, then the number: a crash in between leaves room that nobody uses, and the next try finds it.
      const made = await this.#log.extendLedgers(topic, { ...topic, partitions }, stillIs(topic));
      return made ? { ...topic, partitions } : undefined;
    });
  }

  /**
   * Deletes the topic and its events; with an id, only the topic that has it, and none that was made anew under its name.
   * @throws TopicError `topic_unknown`
   */
  async delete(name: string, given: { topicId?: string } = {}): Promise<void> {
    const { topicId } = given;
    const topic = await this.#read(name);
    if (topic?.state !== 'active' || (topicId !== undefined && topic.topicId !== topicId)) {
      throw new TopicError('topic_unknown', `Topic '${name}' does not exist; there is nothing to delete.`);
    }
    const deleting: TopicRecord = { ...topic, state: 'deleting', version: topic.version + 1 };
    if (!(await this.#replace(topic, deleting))) return this.delete(name, given);
    await this.#finish(deleting);
  }

  /** Finishes topics whose making or deleting was cut short. Part of tending. */
  async finishAll(): Promise<void> {
    for (const topic of await this.#all()) await this.#finish(topic);
  }

  async #finish(topic: TopicRecord): Promise<void> {
    if (topic.state === 'creating') await this.#finishCreating(topic);
    if (topic.state === 'deleting') {
      this.#cache.delete(topic.name);
      await this.#log.deleteLedgers(topic);
      const mine = { if: 'is', path: ['id'], value: topic.topicId } as const;
      await this.#items.write({ write: 'delete', key: topicKey(topic.name), when: mine });
      this.#cache.delete(topic.name);
    }
  }

  async #finishCreating(topic: TopicRecord): Promise<TopicInfo> {
    const active: TopicRecord = { ...topic, state: 'active', version: topic.version + 1 };
    const made = await this.#log.createLedgers(topic, stillIs(topic));
    if (made && (await this.#replace(topic, active))) return this.#remember(active);
    // Somebody else has finished it meanwhile, which is as good; and may have changed or deleted it since.
    return toInfo(active);
  }

  /** Makes the change of the topic as it is, again where it has changed meanwhile, which `change` may say by undefined. */
  async #change(name: string, change: (topic: TopicRecord) => Promise<TopicRecord | undefined>): Promise<TopicInfo> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const topic = await this.#read(name);
      if (topic?.state !== 'active') {
        throw new TopicError('topic_unknown', `Topic '${name}' does not exist. Create it first, or check its name.`);
      }
      const to = await change(topic);
      if (!to) continue;
      const changed = { ...to, version: topic.version + 1 };
      if (await this.#replace(topic, changed)) return this.#remember(changed);
    }
    throw busy(name);
  }

  async #replace(from: TopicRecord, to: TopicRecord): Promise<boolean> {
    this.#cache.delete(from.name);
    const { key, when } = stillIs(from);
    return (await this.#items.write({ write: 'put', key, item: topicItem(to), when })).applied;
  }

  async #read(name: string): Promise<TopicRecord | undefined> {
    requireName(name);
    const item = await this.#items.get(topicKey(name));
    return item && parseTopic(name, item);
  }

  async #all(): Promise<TopicRecord[]> {
    const topics: TopicRecord[] = [];
    for await (const { sk, item } of eachItem(this.#items, TOPICS_PK)) topics.push(parseTopic(sk, item));
    return topics;
  }

  #remember(topic: TopicRecord): TopicInfo {
    const info = toInfo(topic);
    this.#cache.set(topic.name, { topic: info, untilMs: this.#clock.nowMs() + CACHE_MS });
    return info;
  }
}

/** Holds while the topic is as it was read: the same one, and nobody has changed it. */
function stillIs({ name, topicId, version }: TopicRecord): Check {
  const when: Condition = {
    if: 'all',
    of: [
      { if: 'is', path: ['id'], value: topicId },
      { if: 'is', path: ['v'], value: version },
    ],
  };
  return { write: 'check', key: topicKey(name), when };
}

function toInfo(topic: TopicRecord): TopicInfo {
  const { name, topicId, partitions, width, config, createdMs } = topic;
  return { name, topicId, partitions, width, config, settings: parseConfig(config), createdMs };
}

function requireName(name: string): void {
  if (NAME.test(name) && name !== '.' && name !== '..') return;
  throw new TopicError(
    'topic_name_invalid',
    `${JSON.stringify(name.slice(0, 300))} cannot be a topic's name: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', and neither '.' nor '..'.`,
  );
}

function requirePartitions(partitions: number): void {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX) return;
  throw new TopicError('partitions_invalid', `A topic has 1 to ${PARTITIONS_MAX} partitions; ${partitions} cannot be.`);
}

function busy(name: string): TopicError {
  return new TopicError(
    'topic_busy',
    `Topic '${name}' was changed by others at the same time, again and again. Try again.`,
  );
}
