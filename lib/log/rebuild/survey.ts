import { parseUlid, ulidTimeMs } from '../../bytes/index.ts';
import { eachObject, type ObjectStore, StoreError } from '../../store/index.ts';
import { readWholeFooter } from '../footers.ts';
import { decodeLineage, type NumberedPage } from '../lineage.ts';
import { type Commit, type LedgerRef, LogError, ledgerName, NO_TIMESTAMP, type ObjectRef, type Run } from '../model.ts';
import { type FooterRun, OBJECT_PREFIX, parseObjectKey } from '../segment.ts';
import type { TransactionPart } from '../transactions/part.ts';

/** Footers read at once. */
const FOOTERS_AT_ONCE = 32;

/** An object as first written, as one ledger would commit it. */
export interface FreshShare {
  readonly commit: Commit;
  /** Tells a share that was sent twice under a producer's own numbers; undefined where they have none. */
  readonly sequence: string | undefined;
  /** How many batches it has. */
  readonly batches: number;
  /** Those of its batches that are part of transactions, in the order of its runs. */
  readonly transactional: readonly TransactionalBatch[];
}

/** A batch that is part of a transaction, or ends one. */
export interface TransactionalBatch {
  readonly slot: number;
  readonly producerId: number;
  readonly epoch: number;
  readonly part: TransactionPart;
  /** Where it stands, counted from the share's first offset in this slot. */
  readonly at: number;
  /** Offsets that it takes. */
  readonly span: number;
}

/** What the footers say of one ledger. */
export interface LedgerSurvey {
  readonly ledger: LedgerRef;
  width: number;
  /** Partitions of which there is anything. */
  slots: number;
  /** By object id. */
  readonly fresh: Map<string, FreshShare>;
  readonly merged: NumberedPage[];
  /** Objects as first written that merged ones hold. */
  readonly sources: Set<string>;
}

/** What is in the object store. */
export interface Survey {
  readonly objects: Map<string, ObjectRef>;
  readonly ledgers: Map<string, LedgerSurvey>;
  /** Keys of objects that are damaged. */
  readonly unreadable: string[];
  /** The youngest object's time. */
  newestMs: number;
}

/** Reads the footers of all segment objects. Units: a list request per 1,000 objects, a read of each. */
export async function surveyObjects(objects: ObjectStore, onProgress?: (objects: number) => void): Promise<Survey> {
  const survey: Survey = { objects: new Map(), ledgers: new Map(), unreadable: [], newestMs: 0 };
  let waiting: Promise<void>[] = [];
  for await (const { key } of eachObject(objects, OBJECT_PREFIX)) {
    const object = parseObjectKey(key);
    if (!object) continue;
    survey.objects.set(object.id, object);
    survey.newestMs = Math.max(survey.newestMs, objectTimeMs(object.id));
    waiting.push(surveyObject(objects, survey, object, key));
    if (waiting.length < FOOTERS_AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
    onProgress?.(survey.objects.size);
  }
  await Promise.all(waiting);
  onProgress?.(survey.objects.size);
  return survey;
}

/** The moment at which an object was made, by the clock of its maker. */
export function objectTimeMs(objectId: string): number {
  return ulidTimeMs(parseUlid(objectId)!);
}

async function surveyObject(objects: ObjectStore, survey: Survey, object: ObjectRef, key: string): Promise<void> {
  try {
    const { runs, lineage: bytes } = await readWholeFooter(objects, object);
    const lineage = decodeLineage(bytes, object);
    const byLedger = Map.groupBy(runs, ({ topicId, partition, width }) => {
      return ledgerName({ topicId, index: Math.floor(partition / width) });
    });
    for (const own of byLedger.values()) {
      const { ledger, fresh } = entryOf(survey, own);
      if (!lineage) fresh.set(object.id, shareOf(own, object));
      else if (ledgerName(ledger) !== ledgerName(lineage.ledger)) throw foreign(object);
    }
    if (!lineage) return;
    const merged = entryOf(survey, [], lineage.ledger);
    merged.merged.push(...lineage.pages);
    for (const id of lineage.sources) merged.sources.add(id);
  } catch (error) {
    const damaged = error instanceof LogError && error.code === 'log_corrupt';
    const gone = error instanceof StoreError && (error.code === 'object_missing' || error.code === 'store_corrupt');
    if (!damaged && !gone) throw error;
    survey.unreadable.push(key);
  }
}

function foreign(object: ObjectRef): LogError {
  return new LogError('log_corrupt', `Merged object ${object.id} holds runs of another ledger than its own.`);
}

function entryOf(survey: Survey, runs: readonly FooterRun[], known?: LedgerRef): LedgerSurvey {
  const [first] = runs;
  const ledger = known ?? { topicId: first!.topicId, index: Math.floor(first!.partition / first!.width) };
  const name = ledgerName(ledger);
  let entry = survey.ledgers.get(name);
  if (!entry) {
    entry = { ledger, width: 0, slots: 0, fresh: new Map(), merged: [], sources: new Set() };
    survey.ledgers.set(name, entry);
  }
  for (const { width, partition } of runs) {
    entry.width = width;
    entry.slots = Math.max(entry.slots, (partition % width) + 1);
  }
  return entry;
}

function shareOf(footer: readonly FooterRun[], object: ObjectRef): FreshShare {
  const runs = footer.map(({ partition, width, position, lengthBytes, batches }): Run => {
    const maxTimestampMs = batches.reduce((max, batch) => Math.max(max, batch.maxTimestampMs), NO_TIMESTAMP);
    const span = batches.reduce((sum, batch) => sum + batch.span, 0);
    return { slot: partition % width, position, lengthBytes, span, maxTimestampMs };
  });
  const batches = footer.flatMap((run) => run.batches.map((batch) => ({ ...batch, partition: run.partition })));
  // Markers have no number: two of one producer are of two transactions.
  const numbered = batches.every(({ producerId, baseSequence }) => producerId >= 0 && baseSequence >= 0);
  const names = batches.map((one) => [one.partition, one.producerId, one.producerEpoch, one.baseSequence].join('.'));
  const commit: Commit = { object, appendTimeMs: objectTimeMs(object.id), absolute: false, runs };
  if (batches.some(({ producerId }) => producerId >= 0)) commit.producers = true;
  const transactional = footer.flatMap(transactionalBatches);
  return { commit, sequence: numbered ? names.join(' ') : undefined, batches: batches.length, transactional };
}

function transactionalBatches({ partition, width, batches }: FooterRun): TransactionalBatch[] {
  let at = 0;
  return batches.flatMap(({ producerId, producerEpoch: epoch, span, part }) => {
    const one = part && { slot: partition % width, producerId, epoch, part, at, span };
    at += span;
    return one ? [one] : [];
  });
}
