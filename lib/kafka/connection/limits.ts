/** What connections may take of this process; each with its reason. */
export interface ConnectionLimits {
  /** The largest request. Kafka's socket.request.max.bytes. */
  readonly frameBytesMax: number;
  /**
   * Requests that were begun to be read and are not answered yet, over all connections. Below what the log lets wait
   * (pendingBytesMax), so that clients are slowed down before any is refused.
   */
  readonly requestBytesMax: number;
  /** Requests of one connection that are not answered yet. Java's producers send 5, librdkafka up to a million. */
  readonly requestsPerConnectionMax: number;
  /** Each takes a few KB, and a file descriptor. */
  readonly connectionsMax: number;
  /** Without a request for so long a connection ends. Kafka's connections.max.idle.ms. */
  readonly idleMs: number;
  /** A request that was begun, an answer, and a stranger's proof of who he is, are to be through by then … */
  readonly transferMs: number;
  /** … and have a second more for every so many bytes: a client that trickles holds memory for nothing. */
  readonly transferBytesPerSecond: number;
  /** On closing, answers under way may take so long. */
  readonly closeMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  frameBytesMax: 100 << 20,
  requestBytesMax: 104 << 20,
  requestsPerConnectionMax: 1_000,
  connectionsMax: 10_000,
  idleMs: 10 * 60_000,
  transferMs: 60_000,
  transferBytesPerSecond: 64 << 10,
  closeMs: 2_000,
};

/** How often connections are looked at for what takes too long. */
export const SWEEP_MS = 5_000;
/** Bytes are read here until it is known how long a request is: one buffer for all sockets, emptied within each read. */
export const SCRATCH_BYTES = 64 << 10;
/**
 * Requests of one connection that are begun before the others have their turn. A read brings thousands of small ones, and
 * their answers may all find room in the system's buffers: some connections that ask without end would be served alone.
 */
export const REQUESTS_PER_TURN = 32;
/**
 * Requests are read into slabs of this size. Two at work stay in the processor's cache where clients wait for their answers;
 * one holds some dozens of a Java producer's requests.
 */
export const SLAB_BYTES = 4 << 20;
/** Slabs held at one time: somewhat more than all requests under way may take, as what is left of a slab cannot be used. */
export const SLABS_MAX = 40;
/** Slabs that stay allocated while nobody needs them. */
export const SLABS_KEPT = 4;
/** Requests of this length are read into slabs. Smaller ones cost little; larger ones would leave too much of a slab unused. */
export const FRAME_BYTES_POOLED = { min: 4 << 10, max: 2 << 20 } as const;
