/**
 * - `head_missing`, `head_damaged`: the item that orders the ledger is gone, or says what cannot be.
 * - `page_missing`, `page_damaged`, `page_replaced`: a stretch of its history is gone, is not what was written, or is older
 *   than it was.
 * - `offsets_broken`: offsets do not follow each other.
 * - `commits_changed`: commits are not those that were appended, or not in their order.
 * - `object_missing`, `object_damaged`: bytes that are named are gone, or are not what was put.
 * - `batches_replaced`: batches are whole, but not those that were appended.
 */
export type ProblemCode =
  | 'head_missing'
  | 'head_damaged'
  | 'page_missing'
  | 'page_damaged'
  | 'page_replaced'
  | 'offsets_broken'
  | 'commits_changed'
  | 'object_missing'
  | 'object_damaged'
  | 'batches_replaced';

/** One thing that is not as it must be. */
export interface Problem {
  /** `ledger`: its order is broken. `object`: bytes are missing or changed. */
  readonly kind: 'ledger' | 'object';
  readonly code: ProblemCode;
  /** The ledger, by topic id and index. */
  readonly ledger: string;
  /** The key of the object that is concerned, where it is one alone. */
  readonly object?: string;
  /** What is wrong, and where. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

const REPAIR =
  'Stop what writes, then run verify with --repair: it puts back what objects, copies of pages and catalogs prove.';
const OBJECT_BACK =
  'Bring the object back: from the versions of the bucket, or a backup of the data folder ("A single object" in docs/disaster-recovery.md). Where there is none, its events are lost, and their offsets stay taken: "Past what is lost" in docs/disaster-recovery.md says how readers go on.';
const LOOK =
  'Nothing proves what is right. Keep all as it is, and compare with a backup; a rebuild into an empty store of items goes by the objects alone.';

/** What to do about each kind of problem. */
export const ADVICE: Readonly<Record<ProblemCode, string>> = {
  head_missing: REPAIR,
  head_damaged: LOOK,
  page_missing: REPAIR,
  page_damaged: REPAIR,
  page_replaced: REPAIR,
  offsets_broken: LOOK,
  commits_changed: LOOK,
  object_missing: OBJECT_BACK,
  object_damaged: OBJECT_BACK,
  batches_replaced: OBJECT_BACK,
};

export function problem(code: ProblemCode, ledger: string, message: string, object?: string): Problem {
  const kind = ADVICE[code] === OBJECT_BACK ? 'object' : 'ledger';
  return { kind, code, ledger, ...(object !== undefined && { object }), message, advice: ADVICE[code] };
}
