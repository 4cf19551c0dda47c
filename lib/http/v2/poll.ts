import { AbortedError } from '../../bytes/index.ts';
import type { TopicFetched } from '../../topic/index.ts';
import { type HttpPolicy, unlessAborted } from '../context.ts';
import { HttpError } from '../http-error.ts';
import type { EmbeddedFormat } from '../reply.ts';
import type { HttpServices } from '../services.ts';
import type { Instance } from './instance-item.ts';
import { type Instances, type Loaded, listPlaces, type PlaceAt, withPlaces } from './instances.ts';
import { type Beaten, isOver, Membership } from './membership.ts';
import type { PollRights } from './poll-rights.ts';
import { lookUpPositions, resetPlaces } from './positions.ts';
import { RecordsBody } from './records-body.ts';

/** While a poll waits, it asks the group this often whether its partitions are still its own, or it has become due. */
const BEAT_MS = 1_000;
/** The same while partitions change hands. */
const BEAT_UNSETTLED_MS = 100;
/** Of one partition in one answer, so that the first one does not fill it alone. */
const PARTITION_BYTES_MAX = 1024 * 1024;

export interface PollRequest {
  readonly group: string;
  readonly id: string;
  /** What the Accept header asks for. */
  readonly format: EmbeddedFormat | undefined;
  readonly timeoutMs: number | undefined;
  readonly bytesMax: number;
  /** Fires when the client goes away. */
  readonly signal: AbortSignal;
  /** Fires then, and when the server closes. */
  readonly waiting: AbortSignal;
  readonly rights: PollRights;
  /** Counts the answer's bytes as held; throws where there is no room for them now. */
  hold(sizeBytes: number): void;
}

export interface PollAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly format: EmbeddedFormat;
}

/**
 * One `records` request: heartbeat, commit what is due, look up positions, fetch, and wait for data where there is none.
 * Positions are written last, under the version that was read: a poll whose instance was changed meanwhile (another
 * process, a seek, a rebalance) throws away what it fetched and begins anew, so no record is given out under a position
 * that does not count.
 */
export class Poller {
  readonly #services: HttpServices;
  readonly #instances: Instances;
  readonly #membership: Membership;
  readonly #policy: HttpPolicy;

  constructor(services: HttpServices, instances: Instances, policy: HttpPolicy) {
    this.#services = services;
    this.#instances = instances;
    this.#membership = new Membership(services);
    this.#policy = policy;
  }

  /** @throws HttpError instance_unknown, instance_state, format_mismatch, value_not_json, offset_unset */
  async poll(request: PollRequest): Promise<PollAnswer> {
    const { clock } = this.#services;
    const startMs = clock.monotonicMs();
    for (;;) {
      const loaded = await this.#instances.load(request.group, request.id);
      const { format, pollMs } = loaded.instance.config;
      requireReadable(loaded.instance, request);
      const timeoutMs = Math.min(request.timeoutMs ?? pollMs, this.#policy.limits.pollMsMax);
      const body = await this.#attempt(request, loaded, startMs + timeoutMs - clock.monotonicMs());
      if (body) return { body, format };
    }
  }

  /** One round: the answer where there are records or the time is up, else undefined. */
  async #attempt(request: PollRequest, from: Loaded, leftMs: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { group, id } = request;
    const prepared = await this.#prepare(request, from);
    if (!prepared) return undefined;
    const { loaded, instance, settled } = prepared;
    const waitMs = Math.max(0, Math.min(leftMs, settled ? BEAT_MS : BEAT_UNSETTLED_MS));
    const body = new RecordsBody(
      instance.config.format,
      { recordsMax: this.#policy.limits.recordsMax, bytesMax: request.bytesMax },
      this.#policy.limits,
    );
    const read = await this.#read(request, instance, body, waitMs);
    const over = body.count > 0 || waitMs >= leftMs || request.waiting.aborted;
    if (request.signal.aborted && body.count > 0) throw new AbortedError(); // nobody would get these records
    if (body.count > 0) request.hold(body.sizeBytes);
    if (read !== loaded.instance || (over && this.#instances.isStale(read))) {
      const saved = await this.#instances.save(group, id, loaded, read);
      if (!saved) return undefined;
    }
    return over ? body.done() : undefined;
  }

  /** Membership, commits and positions: the instance as it may fetch, or undefined where another request came between. */
  async #prepare({ group, id, rights }: PollRequest, from: Loaded) {
    const subscription = await rights.subscription(from.instance.wanted);
    const joined = await this.#keep(group, id, from, await this.#membership.beat(group, from.instance, subscription));
    if (!joined) return undefined;
    let { loaded, beaten } = joined;
    let committed: Instance;
    try {
      if (beaten.gaveUp && subscription) {
        const after = await this.#membership.giveUp(group, loaded.instance, subscription, beaten.gaveUp);
        const given = await this.#keep(group, id, loaded, after);
        if (!given) return undefined;
        ({ loaded, beaten } = given);
      }
      await rights.requireRead(loaded.instance.places.keys());
      committed = await this.#membership.autoCommit(group, loaded.instance);
    } catch (error) {
      // Fenced since the heartbeat: the next one sees it, and joins again.
      if (isOver(error) && loaded.instance.wanted !== 'assigned') return undefined;
      throw error;
    }
    const instance = await lookUpPositions(this.#services, group, committed);
    return { loaded, instance, settled: beaten.settled && !beaten.gaveUp };
  }

  /**
   * Saves what a heartbeat changed, before anything is built on it: what is given up must be gone from the store before
   * the group hears of it, and a poll that fails later leaves an instance that knows its partitions.
   */
  async #keep(group: string, id: string, from: Loaded, beaten: Beaten) {
    if (same(from.instance, beaten.instance)) return { loaded: from, beaten };
    const loaded = await this.#instances.save(group, id, from, beaten.instance);
    return loaded && { loaded, beaten };
  }

  /** Fetches into `body` and returns the instance with its positions behind what the body holds. */
  async #read(request: PollRequest, instance: Instance, body: RecordsBody, waitMs: number): Promise<Instance> {
    const places = turned(listPlaces(instance.places), instance.turn);
    if (places.length === 0) {
      await unlessAborted(request.waiting, undefined, () => this.#services.clock.sleep(waitMs, request.waiting));
      return instance;
    }
    const { bytesMax } = request;
    const maxBytes = Math.min(bytesMax, PARTITION_BYTES_MAX);
    const reads = places.map(({ topic, partition, position }) => ({ topic, partition, offset: position, maxBytes }));
    const options = { maxBytes: bytesMax, minBytes: instance.config.minBytes, maxWaitMs: waitMs };
    const fetched = await unlessAborted(request.waiting, undefined, () =>
      this.#services.events.fetch(reads, { ...options, signal: request.waiting }),
    );
    if (!fetched) return instance;
    const moved = await this.#moved(instance, places, fetched, body);
    if (moved.length === 0) return instance;
    const turn = body.count > 0 ? (instance.turn + 1) % Number.MAX_SAFE_INTEGER : instance.turn;
    return { ...instance, turn, places: withPlaces(instance.places, moved) };
  }

  async #moved(
    instance: Instance,
    places: readonly PlaceAt[],
    fetched: readonly TopicFetched[],
    body: RecordsBody,
  ): Promise<PlaceAt[]> {
    const moved: PlaceAt[] = [];
    for (const [i, place] of places.entries()) {
      const { batches, error } = fetched[i]!;
      if (error?.code === 'offset_out_of_range') {
        moved.push(...(await resetPlaces(this.#services, [place], instance.config.reset)));
      } else if (error) {
        throw error;
      } else if (!body.full) {
        // Without anything to show it may still be further on: behind what aborted transactions left there.
        const next = batches.length === 0 ? Math.max(place.position, fetched[i]!.nextOffset) : place.position;
        const position = body.add(place.topic, place.partition, next, batches);
        if (position !== place.position) moved.push({ ...place, position });
      }
    }
    return moved;
  }
}

function requireReadable({ wanted, config }: Instance, { format, id }: PollRequest): void {
  if (format !== undefined && format !== config.format) {
    throw new HttpError(
      'format_mismatch',
      `The consumer instance "${id}" has the format ${config.format}, and Accept asks for ${format}.`,
    );
  }
  if (wanted === undefined) {
    throw new HttpError('instance_state', `The consumer instance "${id}" is not subscribed, and has no assignment.`);
  }
}

/** Whether a heartbeat changed nothing, so that nothing needs to be written. */
function same(before: Instance, after: Instance): boolean {
  const places = listPlaces(after.places);
  return (
    before.memberEpoch === after.memberEpoch &&
    places.length === listPlaces(before.places).length &&
    places.every(({ topic, partition, position, committed }) => {
      const place = before.places.get(topic)?.get(partition);
      return place?.position === position && place.committed === committed;
    })
  );
}

function turned(places: PlaceAt[], turn: number): PlaceAt[] {
  const first = places.length === 0 ? 0 : turn % places.length;
  return [...places.slice(first), ...places.slice(0, first)];
}
