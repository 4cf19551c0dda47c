import { newUlid, ulidText } from '../../bytes/index.ts';
import { checkGroupName } from '../../group/index.ts';
import { ITEM_BYTES_MAX, itemSizeBytes } from '../../store/index.ts';
import { HttpError } from '../http-error.ts';
import type { HttpServices } from '../services.ts';
import {
  type Instance,
  type InstanceConfig,
  instanceItem,
  instanceKey,
  NO_PLACES,
  NO_TOPIC_IDS,
  type Place,
  type Places,
  parseInstanceItem,
} from './instance-item.ts';

/** REST Proxy's `consumer.instance.timeout.ms`: an instance that nobody asks for anything is gone after this. */
const INSTANCE_TIMEOUT_MS = 300_000;
/** A change that meets another one begins anew, so often. */
const ATTEMPTS = 8;

/** What an instance may be called; those that have no name of their own get one of this form, too. */
export const INSTANCE_NAME = /^[A-Za-z0-9._-]{1,200}$/;

/** An instance as it was read, with the version that a write of it is conditional on. */
export interface Loaded {
  readonly instance: Instance;
  readonly version: number;
}

/**
 * Consumer instances, kept in the store alone: any process serves any request of any of them. Every write is conditional
 * on the version that was read, so of two requests that change an instance at once, one sees the other's change.
 */
export class Instances {
  readonly #services: HttpServices;

  constructor(services: HttpServices) {
    this.#services = services;
  }

  /**
   * Makes an instance; without a name it gets a new one. Returns its name.
   * @throws HttpError instance_exists; GroupError group_name_invalid
   */
  async create(group: string, name: string | undefined, config: InstanceConfig): Promise<string> {
    checkGroupName(group);
    const { clock, random, items } = this.#services;
    const nowMs = clock.nowMs();
    const id = name ?? `rest-consumer-${ulidText(newUlid(nowMs, random))}`;
    const instance: Instance = {
      config,
      memberId: ulidText(newUlid(nowMs, random)),
      memberEpoch: 0,
      wanted: undefined,
      places: NO_PLACES,
      topicIds: NO_TOPIC_IDS,
      committedAtMs: nowMs,
      deadlineMs: nowMs + lifeMs(config),
      turn: 0,
    };
    const { applied } = await items.write({
      write: 'put',
      key: instanceKey(group, id),
      item: instanceItem(instance, 1),
      when: { if: 'any', of: [{ if: 'itemAbsent' }, { if: 'lt', path: ['d'], value: nowMs }] },
    });
    if (applied) return id;
    throw new HttpError('instance_exists', `Group "${group}" has a consumer instance "${id}" already.`);
  }

  /** @throws HttpError instance_unknown; GroupError group_name_invalid */
  async load(group: string, id: string): Promise<Loaded> {
    checkGroupName(group);
    const item = INSTANCE_NAME.test(id) ? await this.#services.items.get(instanceKey(group, id)) : undefined;
    const loaded = item && parseInstanceItem(item);
    if (loaded && loaded.instance.deadlineMs >= this.#services.clock.nowMs()) return loaded;
    throw new HttpError(
      'instance_unknown',
      `Group "${group}" has no consumer instance "${id.slice(0, 200)}", or it timed out.`,
    );
  }

  /**
   * Writes `instance` with a new deadline, if nothing was written since `loaded`. Undefined where something was.
   * @throws HttpError instance_too_large
   */
  async save(group: string, id: string, loaded: Loaded, instance: Instance): Promise<Loaded | undefined> {
    const fresh = { ...instance, deadlineMs: this.#services.clock.nowMs() + lifeMs(instance.config) };
    const version = loaded.version + 1;
    const item = instanceItem(fresh, version);
    requireRoom(itemSizeBytes(instanceKey(group, id), item));
    const { applied } = await this.#services.items.write({
      write: 'put',
      key: instanceKey(group, id),
      item,
      when: { if: 'is', path: ['v'], value: loaded.version },
    });
    return applied ? { instance: fresh, version } : undefined;
  }

  /**
   * Reads, changes and writes an instance, again from the start where another change came between. `change` gets what is
   * there, and may be called more than once.
   *
   * @throws HttpError instance_unknown, instance_busy; what `change` throws
   */
  async change(
    group: string,
    id: string,
    change: (instance: Instance) => Instance | Promise<Instance>,
  ): Promise<Instance> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const loaded = await this.load(group, id);
      const saved = await this.save(group, id, loaded, await change(loaded.instance));
      if (saved) return saved.instance;
    }
    throw new HttpError('instance_busy', `Other requests keep changing the consumer instance "${id}". Try again.`);
  }

  async remove(group: string, id: string): Promise<void> {
    await this.#services.items.write({ write: 'delete', key: instanceKey(group, id) });
  }

  /** Whether the deadline should be moved: a third of the instance's life has gone since it was. */
  isStale(instance: Instance): boolean {
    const leftMs = instance.deadlineMs - this.#services.clock.nowMs();
    return leftMs < (lifeMs(instance.config) * 2) / 3;
  }
}

function requireRoom(sizeBytes: number): void {
  if (sizeBytes <= ITEM_BYTES_MAX) return;
  throw new HttpError(
    'instance_too_large',
    `The consumer instance would have ${sizeBytes} bytes; at most ${ITEM_BYTES_MAX} can be kept. Use a pattern, or fewer topics and partitions per instance.`,
  );
}

function lifeMs(config: InstanceConfig): number {
  return Math.max(INSTANCE_TIMEOUT_MS, config.sessionTimeoutMs);
}

/** One partition of a topic that has a place. */
export interface PlaceAt extends Place {
  readonly topic: string;
  readonly partition: number;
}

export function listPlaces(places: Places): PlaceAt[] {
  return [...places].flatMap(([topic, parts]) =>
    [...parts].map(([partition, place]) => ({ topic, partition, ...place })),
  );
}

export function placesOf(list: Iterable<PlaceAt>): Places {
  const places = new Map<string, Map<number, Place>>();
  for (const { topic, partition, position, committed } of list) {
    const parts = places.get(topic) ?? new Map<number, Place>();
    places.set(topic, parts.set(partition, { position, committed }));
  }
  return places;
}

/** `places` with some of them changed; a partition that is not among them is not added. */
export function withPlaces(places: Places, changed: Iterable<PlaceAt>): Places {
  const all = new Map([...places].map(([topic, parts]) => [topic, new Map(parts)]));
  for (const { topic, partition, position, committed } of changed) {
    const parts = all.get(topic);
    if (parts?.has(partition)) parts.set(partition, { position, committed });
  }
  return all;
}
