import { Acls } from './auth/index.ts';
import { AbortedError, type Clock, type Random, systemClock, systemRandom } from './bytes/index.ts';
import { Groups, OFFSETS_RETENTION_MS } from './group/index.ts';
import {
  type Log,
  type LogSettings,
  openLog,
  parseObjectKey,
  type Repaired,
  sparing,
  type TendOptions,
  type TendReport,
  type VerifyOptions,
  type VerifyReport,
} from './log/index.ts';
import { Catalogs, type RebuildProgress, type RecoveryReport, rebuildItems } from './recovery/index.ts';
import { ROUTE_GROUP_PREFIX, Routes, type SecretReference } from './route/index.ts';
import {
  type AwsStoresOptions,
  formerlyTieredStores,
  type MetaStore,
  openAwsStores,
  openDiskStores,
  SMALL_OBJECT_BYTES_MAX,
  type Stores,
  tieredStores,
} from './store/index.ts';
import { Events, type TopicInfo, Topics } from './topic/index.ts';
import { Transactions } from './txn/index.ts';

/** How often a platform tends its log by itself, and how often it looks for objects that nobody names. */
const TEND_EVERY_MS = 2 * 60_000;
/** A producer that stopped holds readers back until its transaction's time-out, and for so long. Kafka's own interval. */
const SWEEP_TRANSACTIONS_EVERY_MS = 10_000;
const COLLECT_EVERY_MS = 20 * 60_000;
/** How often a platform looks by itself whether a catalog is due. */
const CATALOG_LOOK_EVERY_MS = 60_000;
/**
 * The part of the time that upkeep in the background rewrites pages for. At full speed, merging what 8 producers had written
 * took four fifths of their rate, for 18 s at a time; a quarter of it still keeps up with 80 MB/s.
 */
const UPKEEP_PART = 0.25;
/** A round that lasts longer goes on at full speed: retention of other topics, and collection, wait for its end. */
const UPKEEP_SPARING_MS = 10 * 60_000;

/**
 * Where this process alone has the stores, no writer can stop for long and come back: what it left behind is known for
 * garbage within minutes. And a disk minds a hundred thousand small files more than S3 does.
 */
const ALONE: Partial<LogSettings> = { staleObjectMs: 5 * 60_000, collectGraceMs: 2 * 60_000, mergeAgeMs: 5 * 60_000 };

/** In data folders of the first format, objects up to this size were items. */
const FORMER_SMALL_OBJECT_BYTES_MAX = 32 * 1024;

export interface PlatformOptions {
  stores: Stores;
  clock?: Clock;
  random?: Random;
  log?: Partial<LogSettings>;
  /**
   * Whether this process delivers for routes and tends the log by itself; true unless given. Without it, it only answers.
   */
  background?: boolean;
  /** Whether this process ends transactions that took too long; as `background` unless given. */
  sweepTransactions?: boolean;
  /** The writes that a transaction may end by at once; as many as the store takes unless given. */
  transactionEndWritesMax?: number | undefined;
  /** The folder below which routes may write files. None: they cannot. */
  filesFolder?: string;
  /** Reads secrets that routes name in place of holding them. None: they hold them. */
  secret?: (reference: SecretReference) => Promise<string>;
  /** How long a route's worker without work waits for more, in ms: where time is paid for, not long. */
  lingerMs?: number;
  /** True where no other process can have these stores open, as with a data folder: routes then go on at once. */
  aloneInStores?: boolean;
  /** How long groups without members and commits keep their offsets, in ms: seven days unless given, as in Kafka. */
  offsetsRetentionMs?: number;
  /** Told of what fails in the background; nobody waits for that. */
  onError?: (error: unknown, doing: string) => void;
}

/** All parts of Millrace, put together over two stores. Protocols and commands stand on this. */
export interface Platform {
  readonly topics: Topics;
  readonly events: Events;
  readonly groups: Groups;
  readonly transactions: Transactions;
  readonly routes: Routes;
  /** The access rules. Protocols that know who asks check them. */
  readonly acls: Acls;
  readonly log: Log;
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
  /** One round of upkeep over all topics, now; `collect` (true) also looks for objects that nobody names. */
  tend(options?: { readonly collect?: boolean; readonly signal?: AbortSignal }): Promise<TendReport>;
  /** Walks all topics and proves the log's invariants. */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /** Puts back what objects and catalogs prove of damaged ledgers. Nothing else may use the stores meanwhile. */
  repair(): Promise<readonly Repaired[]>;
  /**
   * Puts the items together again from the object store, where they were lost; the store of items must be empty.
   * @throws RecoveryError `rebuild_not_empty`, `rebuild_nothing`
   */
  rebuild(onProgress?: RebuildProgress): Promise<RecoveryReport>;
  /** Ends what runs in the background, waits for appends under way, and closes the stores. */
  close(): Promise<void>;
}

/**
 * Opens the platform over stores: the one place where its parts are put together.
 *
 * @example
 * const platform = openPlatform({ stores: await openFolderStores('.millrace'), filesFolder: '.millrace/files' });
 * await platform.topics.create('orders');
 * await platform.events.produce('orders', [{ key: null, value: Buffer.from('hello') }]);
 * await platform.close();
 */
export function openPlatform(options: PlatformOptions): Platform {
  const { stores, clock = systemClock, random = systemRandom, onError = () => {} } = options;
  const { items } = stores;
  const { aloneInStores = false } = options;
  const log = openLog({ stores, clock, random, settings: { ...(aloneInStores && ALONE), ...options.log } });
  const topics = new Topics({ items, log, clock, random });
  const events = new Events({ topics, log, clock, random });
  const acls = new Acls({ items, clock });
  const groups = new Groups({ items, directory: topics, log, clock, random });
  const endWritesMax = options.transactionEndWritesMax;
  const transactions = new Transactions({ items, log, groups, directory: topics, clock, random, endWritesMax });

  const routes = new Routes({
    items,
    topics,
    events,
    groups,
    log,
    clock,
    random,
    aloneInStores,
    filesFolder: options.filesFolder,
    secret: options.secret,
    lingerMs: options.lingerMs,
    onNotice: onError,
  });

  const catalogs = new Catalogs({ objects: stores.objects, items, log, clock, random });
  const closing = new AbortController();
  let collectedMs = clock.monotonicMs();
  const sweepTransactions = async () => {
    const { failures } = await transactions.sweep();
    for (const { id, error } of failures) onError(error, `ending the transaction of ${id}`);
  };
  const tend = async ({ collect = true, signal = closing.signal, pace }: Omit<TendOptions, 'beforeCollect'> = {}) => {
    await topics.finishAll();
    await sweepTransactions();
    const all = (await topics.list()).map(tended);
    const layouts = all.map(({ layout }) => layout);
    // What is deleted may be missing from no catalog that a rebuild would go by.
    const beforeCollect = () => catalogs.keep(layouts, { now: true });
    const report = await log.tend(all, { collect, signal, pace, beforeCollect });
    if (!collect && !signal.aborted) await catalogs.keep(layouts);
    // As rarely as objects are collected: it reads all groups, and a week has time.
    if (collect && !signal.aborted) {
      await transactions.lostOffsets.drop({ signal, onNotice: onError });
      await groups.expire({
        retentionMs: options.offsetsRetentionMs ?? OFFSETS_RETENTION_MS,
        spares: (group) => group.startsWith(ROUTE_GROUP_PREFIX),
        signal,
        onError: (error, group) => onError(error, `looking whether group ${group} is still used`),
      });
    }
    for (const { ledger, error } of report.failures) onError(error, `tending ledger ${ledger.topicId}/${ledger.index}`);
    if (report.collected) collectedMs = clock.monotonicMs();
    return report;
  };
  const keepCatalog = async (now?: { readonly now: true }) => {
    await catalogs.keep(
      (await topics.list()).map((topic) => tended(topic).layout),
      now,
    );
  };
  const tendInTurn = () =>
    tend({
      collect: clock.monotonicMs() - collectedMs >= COLLECT_EVERY_MS,
      pace: sparing(clock, { part: UPKEEP_PART, forMs: UPKEEP_SPARING_MS, signal: closing.signal }),
    });
  const background = options.background ?? true;
  const working: Promise<unknown>[] = background
    ? [
        routes.start().ended.catch((error) => onError(error, 'looking after routes')),
        repeat(tendInTurn, TEND_EVERY_MS, clock, closing.signal, onError),
        // By themselves: a round may take many minutes.
        repeat(keepCatalog, CATALOG_LOOK_EVERY_MS, clock, closing.signal, onError),
      ]
    : [];
  if (options.sweepTransactions ?? background) {
    working.push(repeat(sweepTransactions, SWEEP_TRANSACTIONS_EVERY_MS, clock, closing.signal, onError));
  }

  return {
    topics,
    events,
    groups,
    transactions,
    routes,
    acls,
    log,
    items,
    clock,
    random,
    tend,
    verify: async (verifyOptions) => log.verify(await topics.list(), verifyOptions),
    repair: async () => {
      const [newest, ...before] = await catalogs.read();
      const kept = { newest: newest?.items ?? [], before: before.flatMap((catalog) => catalog.items) };
      const unread: Repaired[] = [];
      const known = await transactions.open((id, { message }) => {
        const left =
          'What may be of it stays open in heads that are put back, as it may be decided to commit: put the item back and repair once more, or take it away; abort what hangs then, either way.';
        unread.push({ ledger: `txn ${id}`, message: `${message} ${left}` });
      });
      return [...(await log.repair(await topics.list(), kept, known)), ...unread];
    },
    rebuild: (onProgress) => rebuildItems({ objects: stores.objects, items, log, clock, random }, onProgress),
    close: async () => {
      closing.abort();
      routes.close();
      await Promise.all(working);
      // Who runs for shorter than catalogs are apart leaves one, too.
      if (background) await keepCatalog({ now: true }).catch((error) => onError(error, 'writing a catalog at the end'));
      await log.close();
      await stores.close();
    },
  };
}

/**
 * The stores of a data folder of this machine, for this process alone.
 *
 * @throws StoreError `store_locked`, `store_invalid`, `store_unavailable`, `store_full`; `store_corrupt` where the items are
 * damaged, which `prove` looks for in all of them, or gone, unless `lost` says so
 * @example
 * const platform = openPlatform({ stores: await openFolderStores('.millrace'), aloneInStores: true });
 */
export async function openFolderStores(
  folder: string,
  options: { prove?: boolean; lost?: boolean } = {},
): Promise<Stores> {
  return formerlyTieredStores(await openDiskStores(folder, options), isAtMost(FORMER_SMALL_OBJECT_BYTES_MAX));
}

/**
 * The stores of a deployment on AWS, which any number of processes share: small objects are items of the table, others
 * objects of the bucket. Connects to nothing before it is asked for something.
 *
 * @example
 * const platform = openPlatform({ stores: await openBucketStores({ bucket, table }), background: false });
 */
export async function openBucketStores(options: AwsStoresOptions): Promise<Stores> {
  return tieredStores(await openAwsStores(options), isAtMost(SMALL_OBJECT_BYTES_MAX));
}

/** Whether a key is that of a segment object of at most so many bytes. */
function isAtMost(sizeBytesMax: number): (key: string) => boolean {
  return (key) => {
    const object = parseObjectKey(key);
    return object !== undefined && object.sizeBytes <= sizeBytesMax;
  };
}

function tended(topic: TopicInfo) {
  const { retentionMs, retentionBytes, deletes, compact, ...rest } = topic.settings;
  const { deleteRetentionMs, minCompactionLagMs, minDirtyRatio } = rest;
  return {
    layout: topic,
    retention: deletes ? { retentionMs, retentionBytes } : undefined,
    cleaning: compact ? { deleteRetentionMs, minCompactionLagMs, minDirtyRatio } : undefined,
  };
}

/** Runs `work` every so often until the signal fires; one that fails is reported and tried again next time. */
async function repeat(
  work: () => Promise<unknown>,
  everyMs: number,
  clock: Clock,
  signal: AbortSignal,
  onError: (error: unknown, doing: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(everyMs, signal);
      await work();
    } catch (error) {
      if (!(error instanceof AbortedError)) onError(error, 'tending the log');
    }
  }
}
