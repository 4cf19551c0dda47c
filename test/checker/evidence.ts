import {
  type Commit,
  type End,
  type History,
  type Init,
  type Isolation,
  NEVER,
  type Operation,
  type PartitionName,
  type Poll,
  type Read,
  type Send,
  type Transaction,
} from './history.ts';

/** An operation that shows records. */
export type Look = Operation<Poll> | Operation<Read>;

/** A value, and all that the history says of it. */
export interface Known {
  readonly value: string;
  readonly key: string | undefined;
  readonly tombstone: boolean;
  /** Absent where nobody sent it. */
  readonly send: Operation<Send> | undefined;
  /** Which one of the request's records. */
  readonly index: number;
  /** Where it was acknowledged, or else first seen. */
  partition: PartitionName | undefined;
  offset: number | undefined;
  /** The looks that showed it: that which ended first, first among read-committed ones, and last. */
  firstLook: Look | undefined;
  firstCommittedLook: Look | undefined;
  lastLook: Look | undefined;
}

/** What became of a transaction. */
export interface Fate {
  readonly transaction: Transaction;
  readonly sends: Operation<Send>[];
  readonly polls: Operation<Poll>[];
  readonly commits: Operation<Commit>[];
  readonly ends: Operation<End>[];
  /** `unknown`: it was asked for, nobody knows, and nothing of it was seen. */
  outcome: 'committed' | 'aborted' | 'unknown';
  /** Nothing of it may be visible before. */
  visibleAfter: number;
  /** All of it must be visible from here on. */
  visibleFrom: number;
  /** It may hold the last stable offset back between these two. */
  openFrom: number;
  openUntil: number;
}

/** A record seen at a place. */
export interface Sighting {
  readonly look: Look;
  readonly partition: PartitionName;
  readonly offset: number;
  readonly known: Known;
}

/** The history turned round: by value, by place, by transaction. */
export interface Evidence {
  readonly history: History;
  readonly values: ReadonlyMap<string, Known>;
  /** By partition: the values whose offset is known, by offset. */
  readonly partitions: ReadonlyMap<PartitionName, readonly Known[]>;
  readonly fates: readonly Fate[];
  /** Calls `visit` for each record that a look showed, in the order of the history. */
  sightings(visit: (sighting: Sighting) => void): void;
}

/** Every record that a look showed: of each partition in the order in which it was shown. */
export function recordsOf(look: Look): [PartitionName, Read['records']][] {
  return look.kind === 'read' ? [[look.partition, look.records]] : Object.entries(look.records);
}

export function isLook(operation: Operation): operation is Look {
  return operation.kind === 'poll' || operation.kind === 'read';
}

/** The transaction's fate, where the record was sent in one. */
export function fateOf({ fates }: Evidence, known: Known): Fate | undefined {
  return known.send?.txn === undefined ? undefined : fates[known.send.txn];
}

/**
 * The moment from which looks must show the value: when it was acknowledged or seen, and its transaction was committed.
 * NEVER, where no look need show it.
 */
export function visibleFrom(evidence: Evidence, known: Known, isolation: Isolation): number {
  const { send } = known;
  if (!send || send.outcome === 'fail') return NEVER;
  const there = Math.min(send.outcome === 'ok' ? send.ended : NEVER, known.firstLook?.ended ?? NEVER);
  const fate = isolation === 'committed' ? fateOf(evidence, known) : undefined;
  return fate ? Math.max(there, fate.visibleFrom) : there;
}

export function gatherEvidence(history: History): Evidence {
  const values = new Map<string, Known>();
  for (const operation of history.operations) {
    if (operation.kind === 'send') addSend(values, operation);
  }
  const sightings: Evidence['sightings'] = (visit) => {
    for (const look of history.operations) {
      if (!isLook(look)) continue;
      for (const [partition, records] of recordsOf(look)) {
        for (const [offset, value] of records) visit({ look, partition, offset, known: knownAs(values, value) });
      }
    }
  };
  sightings(addSighting);
  const partitions = new Map<PartitionName, Known[]>();
  for (const known of values.values()) {
    if (known.partition === undefined || known.offset === undefined) continue;
    const there = partitions.get(known.partition);
    if (there) there.push(known);
    else partitions.set(known.partition, [known]);
  }
  for (const there of partitions.values()) there.sort((a, b) => a.offset! - b.offset!);
  const fates = fatesOf(history);
  const evidence = { history, values, partitions, fates, sightings };
  for (const known of values.values()) proveCommitted(evidence, known);
  return evidence;
}

function addSend(values: Map<string, Known>, send: Operation<Send>): void {
  for (const [index, { value, key, tombstone = false, partition, offset }] of send.records.entries()) {
    if (values.has(value)) throw new Error(`The value ${value} is sent twice: values must be unique in a history.`);
    const place = send.outcome === 'fail' ? { partition: undefined, offset: undefined } : { partition, offset };
    values.set(value, { ...unseen(value), key, tombstone, send, index, ...place });
  }
}

function knownAs(values: Map<string, Known>, value: string): Known {
  const known = values.get(value);
  if (known) return known;
  const stranger: Known = unseen(value);
  values.set(value, stranger);
  return stranger;
}

function unseen(value: string): Known {
  const nowhere = {
    key: undefined,
    tombstone: false,
    send: undefined,
    index: 0,
    partition: undefined,
    offset: undefined,
  };
  return { value, ...nowhere, firstLook: undefined, firstCommittedLook: undefined, lastLook: undefined };
}

function addSighting({ look, partition, offset, known }: Sighting): void {
  known.partition ??= partition;
  if (known.partition === partition) known.offset ??= offset;
  if (!known.firstLook || look.ended < known.firstLook.ended) known.firstLook = look;
  if (!known.lastLook || look.ended > known.lastLook.ended) known.lastLook = look;
  if (look.isolation !== 'committed') return;
  if (!known.firstCommittedLook || look.ended < known.firstCommittedLook.ended) known.firstCommittedLook = look;
}

function fatesOf({ operations, transactions }: History): Fate[] {
  const fates = transactions.map(
    (transaction): Fate => ({
      transaction,
      sends: [],
      polls: [],
      commits: [],
      ends: [],
      outcome: 'aborted',
      visibleAfter: NEVER,
      visibleFrom: NEVER,
      openFrom: NEVER,
      openUntil: NEVER,
    }),
  );
  for (const operation of operations) {
    if (!('txn' in operation) || operation.txn === undefined) continue;
    const fate = fates[operation.txn]!;
    fate.openFrom = Math.min(fate.openFrom, operation.invoked);
    if (operation.kind === 'send') fate.sends.push(operation);
    else if (operation.kind === 'poll') fate.polls.push(operation);
    else if (operation.kind === 'commit') fate.commits.push(operation);
    else fate.ends.push(operation);
  }
  const inits = Map.groupBy(
    operations.filter((one) => one.kind === 'init'),
    ({ transactionalId }) => transactionalId,
  );
  for (const fate of fates) {
    decide(fate);
    fate.openUntil = closed(fate, inits.get(fate.transaction.transactionalId ?? '') ?? []);
  }
  return fates;
}

/** Ended by its client, or by the next one with its transactional id; or by a time-out, of which the history knows nothing. */
function closed({ ends, openFrom }: Fate, inits: readonly Operation<Init>[]): number {
  const next = inits.filter(({ invoked }) => invoked > openFrom);
  return Math.min(NEVER, ...[...ends, ...next].filter(({ outcome }) => outcome === 'ok').map(({ ended }) => ended));
}

/** By what its client was told. Nobody asked to commit, or it was refused: nothing of it may ever be seen. */
function decide(fate: Fate): void {
  const asked = fate.ends.filter(({ commit, outcome }) => commit && outcome !== 'fail');
  if (asked.length === 0) return;
  fate.visibleAfter = Math.min(...asked.map(({ invoked }) => invoked));
  const told = asked.filter(({ outcome }) => outcome === 'ok');
  if (told.length > 0) {
    fate.outcome = 'committed';
    fate.visibleFrom = Math.min(...told.map(({ ended }) => ended));
  } else if (!fate.ends.some(({ commit, outcome }) => !commit && outcome === 'ok')) {
    fate.outcome = 'unknown';
  }
}

/** What a read-committed look showed was committed by then, whether its client was told or not. */
function proveCommitted(evidence: Evidence, known: Known): void {
  const fate = fateOf(evidence, known);
  const look = known.firstCommittedLook;
  if (!fate || !look || fate.outcome === 'aborted') return;
  fate.outcome = 'committed';
  fate.visibleFrom = Math.min(fate.visibleFrom, look.ended);
}
