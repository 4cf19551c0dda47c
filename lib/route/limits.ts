/** Bounds of delivery, and why each. */
export const ROUTE_LIMITS = {
  /** Long enough that a busy process renews in time, short enough that a dead one's work is soon taken over. */
  leaseMs: 30_000,
  /** Two renewals may fail before the lease ends. */
  renewMs: 10_000,
  /** How long a worker without work waits for more: giving back and taking again costs two writes. */
  lingerMs: 5_000,
  /** How long what is finished waits for its commit; one write per ledger pays for each. */
  commitMs: 500,
  /** Events read and not yet finished per ledger: what one key that is stuck may keep waiting in memory. */
  openEventsMax: 10_000,
  openBytesMax: 16 * 1024 * 1024,
  /**
   * Events from the first unfinished one on, finished ones among them, per ledger: one slow key holds the position back
   * while others go on. What a crash delivers again at most (and one fetch), and a few MB to keep account of them.
   */
  windowEventsMax: 50_000,
  /** One fetch of one partition. */
  fetchBytes: 1024 * 1024,
  /** Deliveries under way per ledger: keys side by side. */
  deliveriesMax: 16,
  /** First pause of a retry; doubles up to errors.retry.delay.max.ms. */
  retryFirstMs: 100,
  /** Wake-ups come with commits; this is for those that a dead process missed. */
  sweepMs: 60_000,
  /** Characters of a failure's trace that are kept. */
  traceMax: 4_000,
  /** Characters of what is tried again that each renewal of the lease writes. */
  retryReasonMax: 500,
} as const;

/** Positions of a route are offsets of the group with this prefix. */
export const GROUP_PREFIX = 'route.';
