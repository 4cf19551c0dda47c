import type { Clock, Random } from '../../bytes/index.ts';
import type { FetchRequest, FetchResponsePartitionData } from '../codec/index.ts';
import { KafkaError } from '../errors.ts';

/** One partition that is fetched, as the client last said. */
export interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  readonly currentLeaderEpoch: number;
}

/** What the client was last told of a partition. */
interface Told {
  highWatermark: number;
  logStartOffset: number;
}

interface Followed {
  wanted: Wanted;
  told: Told | undefined;
}

/** Kafka's max.incremental.fetch.session.cache.slots. A session holds some hundred bytes per partition. */
const SESSIONS_MAX = 1_000;
/** All sessions together: at some 300 bytes each, a bound on memory whatever clients follow. */
const PARTITIONS_MAX = 400_000;
/** Kafka's min.incremental.fetch.session.eviction.ms: a session that was used since keeps its place. */
const UNUSED_MS = 120_000;
/** The epochs of the protocol. Source: org.apache.kafka.common.requests.FetchMetadata. */
const FINAL_EPOCH = -1;
const INITIAL_EPOCH = 0;
const NO_SESSION = 0;
const EPOCH_MAX = 2 ** 31 - 1;

/** What one client follows. */
export class FetchSession {
  readonly id: number;
  /** Of the request that is expected next. */
  epoch = 1;
  usedMs: number;
  /** Those that gave records last are last, so that each gets its turn where not all fit into an answer. */
  readonly followed = new Map<string, Followed>();

  constructor(id: number, nowMs: number) {
    this.id = id;
    this.usedMs = nowMs;
  }

  /** Takes in what a request changes. */
  update({ topics, forgottenTopicsData }: FetchRequest): void {
    for (const wanted of wantedOf(topics)) {
      const key = keyOf(wanted);
      const known = this.followed.get(key);
      if (known) known.wanted = wanted;
      else this.followed.set(key, { wanted, told: undefined });
    }
    for (const { topic, partitions } of forgottenTopicsData) {
      for (const partition of partitions) this.followed.delete(keyOf({ topic, partition }));
    }
  }

  wanted(): Wanted[] {
    return Array.from(this.followed.values(), ({ wanted }) => wanted);
  }

  /** Whether an answer has to name the partition: it has records, an error, or what the client was told has changed. */
  hasNews({ topic, partition }: Wanted, data: FetchResponsePartitionData): boolean {
    const known = this.followed.get(keyOf({ topic, partition }));
    if (!known) return true;
    const { highWatermark, logStartOffset = -1 } = data;
    const { told } = known;
    const records = hasRecords(data);
    const failed = data.errorCode !== 0 || data.preferredReadReplica !== undefined;
    const changed = told?.highWatermark !== highWatermark || told.logStartOffset !== logStartOffset;
    // After an error, or having been sent elsewhere, the client must hear of the partition again, even where nothing else is new.
    known.told = failed ? undefined : { highWatermark, logStartOffset };
    if (records) {
      this.followed.delete(keyOf({ topic, partition }));
      this.followed.set(keyOf({ topic, partition }), known);
    }
    return records || failed || changed;
  }
}

/** What a request asks for, and how it is to be answered. */
export interface Asked {
  readonly wanted: readonly Wanted[];
  /** Where answers of changes alone are due, or begin to be; undefined: without a session. */
  readonly session: FetchSession | undefined;
}

/** The sessions of one gateway; a client that comes to another one is told so, and begins a new one. */
export class FetchSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Least recently used first. */
  readonly #sessions = new Map<number, FetchSession>();
  #partitions = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * What a request of any kind asks for: of no session, the first of a session, or one that goes on.
   *
   * @throws KafkaError FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH: the client begins anew
   */
  ask(request: FetchRequest): Asked {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      if (sessionId !== NO_SESSION) this.#end(sessionId);
      const wanted = wantedOf(request.topics);
      const session = sessionEpoch === INITIAL_EPOCH ? this.#begin(request, wanted.length) : undefined;
      return { wanted, session };
    }
    const session = this.#goOn(sessionId, sessionEpoch);
    const before = session.followed.size;
    session.update(request);
    this.#partitions += session.followed.size - before;
    if (session.followed.size === 0) {
      this.#end(sessionId);
      return { wanted: [], session: undefined };
    }
    return { wanted: session.wanted(), session };
  }

  #begin(request: FetchRequest, partitions: number): FetchSession | undefined {
    if (partitions === 0 || !this.#makeRoom(partitions)) return undefined;
    const session = new FetchSession(this.#newId(), this.#clock.monotonicMs());
    session.update(request);
    this.#sessions.set(session.id, session);
    this.#partitions += session.followed.size;
    return session;
  }

  #goOn(id: number, epoch: number): FetchSession {
    const session = this.#sessions.get(id);
    if (!session) throw new KafkaError('FETCH_SESSION_ID_NOT_FOUND', `There is no fetch session ${id}.`);
    if (session.epoch !== epoch) {
      throw new KafkaError(
        'INVALID_FETCH_SESSION_EPOCH',
        `Fetch session ${id} expects epoch ${session.epoch}, not ${epoch}.`,
      );
    }
    session.epoch = epoch === EPOCH_MAX ? 1 : epoch + 1;
    session.usedMs = this.#clock.monotonicMs();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** Without room a client is answered without a session, which is slower and as right. */
  #makeRoom(partitions: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, { usedMs }] of this.#sessions) {
      if (this.#fits(partitions) || nowMs - usedMs < UNUSED_MS) break;
      this.#end(id);
    }
    return this.#fits(partitions);
  }

  #fits(partitions: number): boolean {
    return this.#sessions.size < SESSIONS_MAX && this.#partitions + partitions <= PARTITIONS_MAX;
  }

  #end(id: number): void {
    this.#partitions -= this.#sessions.get(id)?.followed.size ?? 0;
    this.#sessions.delete(id);
  }

  /** Not to be guessed: whoever knows it can disturb the session. */
  #newId(): number {
    for (;;) {
      const bytes = this.#random.fill(new Uint8Array(4));
      const id = (new DataView(bytes.buffer).getUint32(0) >>> 1) | 0;
      if (id !== NO_SESSION && !this.#sessions.has(id)) return id;
    }
  }
}

function wantedOf(topics: FetchRequest['topics']): Wanted[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch }) => ({
      topic,
      partition,
      fetchOffset,
      maxBytes: partitionMaxBytes,
      currentLeaderEpoch,
    })),
  );
}

/** Topics' names have no slash. */
function keyOf({ topic, partition }: Pick<Wanted, 'topic' | 'partition'>): string {
  return `${partition}/${topic}`;
}

function hasRecords({ records }: FetchResponsePartitionData): boolean {
  return records !== null && records.length > 0;
}
