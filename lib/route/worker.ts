import { AbortedError, MillraceError } from '../bytes/index.ts';
import type { Beside } from '../log/index.ts';
import type { TopicFetched } from '../topic/index.ts';
import { eventsOf } from './batches.ts';
import { type DeliveryParts, deliver, TaskFailure } from './delivery.ts';
import type { RouteEvent } from './envelope.ts';
import { keepLease, slept, Tenure } from './keep.ts';
import { eventBytes, type Lane, Lanes } from './lanes.ts';
import type { BatchRange, Lease, Leases } from './lease.ts';
import { GROUP_PREFIX, ROUTE_LIMITS } from './limits.ts';
import { Notices } from './notices.ts';
import { Progress } from './progress.ts';
import { beginReadings, type Reading } from './reading.ts';
import { shape } from './shape.ts';
import { Signal } from './signal.ts';
import type { SinkPositions } from './sink.ts';
import { Slots } from './slots.ts';
import type { CompiledRoute, WorkerCounts, WorkerParts } from './task.ts';

/**
 * Why a worker ended: `idle`, nothing was left and the lease is given back; `changed`, the ledger has partitions that the
 * worker does not know; `lost`, another has the lease; `failed`, an event could not be delivered, the lease says why;
 * `stopped`, it was asked to.
 */
export type WorkerEnd = 'idle' | 'changed' | 'lost' | 'failed' | 'stopped';

/** Everything that ends a worker from within, as one exception. */
class Ended extends Error {
  readonly end: WorkerEnd;
  constructor(end: WorkerEnd) {
    super(end);
    this.end = end;
  }
}

/**
 * Delivers the events of one ledger of a route while it holds the lease: reads from the committed positions, filters,
 * transforms, delivers in order with several deliveries under way, commits the positions under the lease's epoch, and
 * gives the lease back when nothing is left.
 */
export class Worker {
  readonly counts: WorkerCounts = { read: 0, delivered: 0 };
  /** How its task fares. */
  readonly progress: Progress;
  readonly #parts: WorkerParts;
  readonly #leases: Leases;
  readonly #lease: Lease;
  readonly #tenure: Tenure;
  readonly #route: CompiledRoute;
  readonly #delivery: DeliveryParts;
  readonly #ending = new AbortController();
  readonly #slots = new Slots(ROUTE_LIMITS.deliveriesMax);
  readonly #lanes: Lanes;
  readonly #progress = new Signal();
  /** Lanes that are being delivered. */
  readonly #serving = new Set<Promise<void>>();
  /** Ends with the last commit that was begun. */
  #committing: Promise<void> = Promise.resolve();
  #readings: Reading[] = [];
  #openEvents = 0;
  #openBytes = 0;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(parts: WorkerParts, leases: Leases, lease: Lease, route: CompiledRoute, notices = new Notices(parts)) {
    this.progress = new Progress(lease.counts);
    const { progress } = this;
    this.#parts = parts;
    this.#leases = leases;
    this.#lease = lease;
    this.#tenure = new Tenure(parts.clock);
    this.#route = route;
    this.#lanes = new Lanes(route.sink.order);
    const positions: SinkPositions = {
      beside: (partition, from, to) => this.#positionBeside(partition, from, to),
      moved: (partition, to) => this.#moved(partition, to),
    };
    const run = `${route.id}/${lease.generation}`;
    const context = { route: route.name, run, signal: this.#ending.signal, positions };
    const { events, clock, random } = parts;
    const { sink, policy } = route;
    const requireLease = () => {
      if (this.#tenure.overIn(0)) throw new Ended('lost');
    };
    const { place } = lease;
    this.#delivery = { sink, policy, events, clock, random, context, place, requireLease, progress, notices };
  }

  /**
   * Works until nothing is left, `stop` fires, the lease is lost, or the task fails. `partitions` are those of the
   * ledger. `enough` says in advance that time runs out: what was read is delivered, and no more is read.
   * @throws StoreError and other errors of the floors below; the lease then runs out
   */
  async run(partitions: readonly number[], stop: AbortSignal, enough = stop): Promise<WorkerEnd> {
    const onStop = () => this.#end(new Ended('stopped'));
    const onEnough = () => this.#progress.raise();
    stop.addEventListener('abort', onStop, { once: true });
    enough.addEventListener('abort', onEnough, { once: true });
    if (stop.aborted) onStop();
    const keeping = this.#background(() => this.#keepLease());
    const committing = this.#background(() => this.#keepCommitting());
    try {
      this.#readings = await beginReadings(this.#parts, this.#lease, this.#route, partitions);
      // Where a new route begins must not depend on when a worker last did.
      if (this.#readings.some(({ committed }) => committed === undefined)) await this.#commit();
      await this.#feed(enough);
    } catch (thrown) {
      this.#end(thrown);
    }
    // What is under way with the sink ends first: what it has taken is committed, and not delivered again.
    await Promise.all([keeping, committing, ...this.#serving]);
    stop.removeEventListener('abort', onStop);
    enough.removeEventListener('abort', onEnough);
    return this.#finish(this.#failure?.thrown);
  }

  /** Runs beside the feed, and ends everything when it fails. */
  async #background(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#end(thrown);
    }
  }

  /** The first reason counts; those that follow from it do not. */
  #end(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.#ending.abort();
    this.#progress.raise();
  }

  async #finish(thrown: unknown): Promise<WorkerEnd> {
    if (thrown instanceof Ended && thrown.end !== 'stopped') return thrown.end;
    if (thrown instanceof TaskFailure) {
      await this.#commitQuietly();
      await this.#leases.fail(this.#lease, thrown.message, this.progress.report());
      return 'failed';
    }
    await this.#commitQuietly();
    const report = this.progress.report();
    if (thrown instanceof Ended) {
      await this.#leases.giveBack(this.#lease, { report });
      return 'stopped';
    }
    await this.#quietly(() => this.#leases.giveBack(this.#lease, { report }));
    throw thrown;
  }

  /** What was finished before the end needs no second delivery; where this fails it gets one. */
  #commitQuietly(): Promise<void> {
    return this.#quietly(() => this.#commit());
  }

  /** For what is good to have done at the end, and does no harm undone: the lease runs out, events come again. */
  async #quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof MillraceError || thrown instanceof Ended)) throw thrown;
    }
  }

  /** Reads as long as there is something, then waits a while, then gives the lease back. */
  async #feed(enough: AbortSignal): Promise<void> {
    const { lingerMs = ROUTE_LIMITS.lingerMs } = this.#parts;
    let waitMs = 0;
    let busy = 0;
    for (;;) {
      await this.#room(enough);
      if (enough.aborted) return this.#drain();
      const answers = await this.#fetch(waitMs);
      let got = 0;
      for (const [index, answer] of answers.entries()) got += await this.#take(this.#readings[index]!, answer);
      if (got > 0) {
        waitMs = 0;
        busy = 0;
        continue;
      }
      if (waitMs === 0 && lingerMs > 0) {
        waitMs = lingerMs;
        continue;
      }
      const answer = await this.#giveBack();
      if (answer === 'given') throw new Ended('idle');
      // Something was committed, twice, and nothing of it can be read: it is in a partition that was added.
      if (answer === 'busy' && ++busy === 2) {
        await this.#leases.giveBack(this.#lease, { report: this.progress.report() });
        throw new Ended('changed');
      }
      waitMs = 0;
    }
  }

  /** Waits until what was read is delivered, or `stop` ends the waiting. */
  async #drain(): Promise<void> {
    while (this.#readings.some(({ window }) => !window.idle)) await this.#progress.raised(this.#ending.signal);
    throw new Ended('stopped');
  }

  /** Waits until there is memory for more, or nobody wants more. */
  async #room(enough: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#ending.signal.aborted) throw new AbortedError();
      if (enough.aborted) return;
      const kept = this.#readings.reduce((sum, { window }) => sum + window.length, 0);
      const { openEventsMax, openBytesMax, windowEventsMax } = ROUTE_LIMITS;
      if (this.#openEvents < openEventsMax && this.#openBytes < openBytesMax && kept < windowEventsMax) return;
      await this.#progress.raised();
    }
  }

  async #fetch(maxWaitMs: number): Promise<readonly TopicFetched[]> {
    const { topic, topicId } = this.#lease.place;
    const reads = this.#readings.map(({ partition, window }) => {
      return { topic, topicId, partition, offset: window.end, maxBytes: ROUTE_LIMITS.fetchBytes };
    });
    const { signal } = this.#ending;
    const maxBytes = ROUTE_LIMITS.fetchBytes;
    return this.#parts.events.fetch(reads, { maxBytes, minBytes: 1, maxWaitMs, signal });
  }

  /** Filters, transforms and enqueues what was read of one partition. Returns how many offsets it went forward. */
  async #take(reading: Reading, answer: TopicFetched): Promise<number> {
    const { window } = reading;
    const from = window.end;
    if (answer.error?.code === 'offset_out_of_range') {
      // Retention overtook the route, or the topic's end lies before the position: go on where the log is.
      window.readTo(answer.logStartOffset);
      if (window.end === from)
        throw new TaskFailure(`${this.#name(reading)} ends before the position ${from}. Reset the route's offsets.`);
      return window.end - from;
    }
    if (answer.error?.code === 'log_corrupt') {
      // It stays so: what came before it is delivered, and then somebody has to look.
      while (!window.idle) await this.#progress.raised(this.#ending.signal);
      throw new TaskFailure(`${answer.error.message} Move the route there: "route replay".`);
    }
    if (answer.error) throw answer.error;
    reading.highWatermark = answer.highWatermark;
    const passed: RouteEvent[] = [];
    for (const batch of answer.batches) {
      for (const event of eventsOf(this.#lease.place.topic, reading.partition, batch)) {
        if (event.offset < window.end) continue;
        this.counts.read++;
        window.open(event.offset);
        const shaped = await shape(this.#route, this.#delivery, event);
        if (shaped) passed.push(shaped);
        else window.finish(event.offset);
      }
    }
    window.readTo(answer.nextOffset);
    for (const event of passed) this.#enqueue(event);
    if (window.end > from) this.#progress.raise();
    return window.end - from;
  }

  #enqueue(event: RouteEvent): void {
    this.#openEvents++;
    this.#openBytes += eventBytes(event);
    const lane = this.#lanes.push(event);
    if (!lane) return;
    const serving = this.#background(() => this.#serve(lane));
    this.#serving.add(serving);
    void serving.then(() => this.#serving.delete(serving));
  }

  /** Delivers a lane's events, batch after batch, until none waits. */
  async #serve(lane: Lane): Promise<void> {
    const reading = this.#readings.find(({ partition }) => partition === lane.partition)!;
    // Those enqueued in the same go belong into the first batch too.
    await Promise.resolve();
    do {
      const range = reading.pending;
      // A batch that was begun before is only the same again once all of it is read; one that has grown over its bounds,
      // as the route lets more events through now, never is.
      while (range && reading.window.end < range.to && lane.queue.length <= this.#route.sink.batchEventsMax) {
        await this.#progress.raised(this.#ending.signal);
      }
      const events = this.#lanes.take(lane, this.#route.sink, range?.to);
      if (events.length > 0) await this.#deliver(reading, lane, events, range);
      else reading.pending = undefined;
    } while (!this.#lanes.close(lane));
  }

  async #deliver(
    reading: Reading,
    lane: Lane,
    events: readonly RouteEvent[],
    begun: BatchRange | undefined,
  ): Promise<void> {
    const { topic, topicId } = this.#lease.place;
    const inOrder = this.#route.sink.order === 'partition';
    const range = begun ?? { from: inOrder ? reading.handed : events[0]!.offset, to: events.at(-1)!.offset + 1 };
    if (this.#route.sink.sameBatches && !begun) {
      if (!(await this.#leases.planBatch(this.#lease, reading.slot, range))) throw new Ended('lost');
    }
    const batch = { topic, topicId, partition: reading.partition, ...range, events };
    await deliver(this.#delivery, this.#slots, batch, (event) => this.#done(reading, event));
    if (!inOrder) return;
    // What is left of a batch that was begun and has grown comes in later ones.
    reading.handed = Math.min(range.to, lane.queue[0]?.offset ?? reading.window.end);
    reading.pending = undefined;
  }

  #done(reading: Reading, event: RouteEvent): void {
    this.counts.delivered++;
    this.#openEvents--;
    this.#openBytes -= eventBytes(event);
    reading.window.finish(event.offset);
    this.#progress.raise();
  }

  async #keepLease(): Promise<void> {
    const { clock } = this.#parts;
    const kept = await keepLease(this.#leases, this.#lease, {
      clock,
      tenure: this.#tenure,
      progress: this.progress,
      ended: this.#ending.signal,
    });
    if (kept === 'lost') throw new Ended('lost');
  }

  async #keepCommitting(): Promise<void> {
    while (await slept(this.#parts.clock, ROUTE_LIMITS.commitMs, this.#ending.signal)) await this.#commit();
  }

  /**
   * Commits what moved, under the lease, one commit after another: of two under way at once, the older could land last.
   * @throws Ended `lost` where another took the lease
   */
  #commit(): Promise<void> {
    const mine = this.#committing.then(() => this.#commitMoved());
    // The next one only waits for this one's end; its error is its own caller's.
    this.#committing = mine.catch(() => undefined);
    return mine;
  }

  async #commitMoved(): Promise<void> {
    const { topic, topicId } = this.#lease.place;
    // Not back: one that delivers a batch again begins before what is committed.
    const moved = this.#readings.filter(({ window, committed = -1 }) => window.position > committed);
    if (moved.length === 0) return;
    const positions = moved.map(({ window }) => window.position);
    const offsets = moved.map(({ partition }, index) => ({ topic, topicId, partition, offset: positions[index]! }));
    try {
      await this.#parts.groups.commit(GROUP_PREFIX + this.#route.name, offsets, {
        guard: this.#leases.guard(this.#lease),
        // A sink that stores positions itself may just have stored a later one.
        forward: true,
      });
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'group_fenced') throw new Ended('lost');
      throw thrown;
    }
    for (const [index, { partition }] of moved.entries()) this.#moved(partition, positions[index]!);
  }

  #positionBeside(partition: number, from: number, to: number): Promise<Beside> {
    const { topic, topicId } = this.#lease.place;
    const as = { guard: this.#leases.guard(this.#lease) };
    const offsets = [{ topic, topicId, partition, offset: to, from }];
    return this.#parts.groups.consumed([{ group: GROUP_PREFIX + this.#route.name, as, offsets }]);
  }

  #moved(partition: number, to: number): void {
    const reading = this.#readings.find((one) => one.partition === partition)!;
    reading.committed = Math.max(reading.committed ?? -1, to);
  }

  /** Gives the lease back where nothing is under way and nothing was committed since the last look. */
  async #giveBack(): Promise<'given' | 'busy' | 'working'> {
    if (this.#readings.some(({ window }) => !window.idle)) {
      await this.#progress.raised(this.#ending.signal);
      return 'working';
    }
    await this.#commit();
    const { topicId, ledger } = this.#lease.place;
    const marks = this.#readings.map(({ highWatermark }) => highWatermark);
    const unchanged = this.#parts.log.unchangedSince({ topicId, index: ledger }, marks);
    const answer = await this.#leases.giveBack(this.#lease, { unchanged, report: this.progress.report() });
    if (answer === 'lost') throw new Ended('lost');
    return answer;
  }

  #name(reading: Reading): string {
    return `${this.#lease.place.topic}-${reading.partition}`;
  }
}
