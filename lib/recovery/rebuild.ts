import { type Clock, parseUlid, type Random, ulidTimeMs } from '../bytes/index.ts';
import { memberlessGroup, REGISTRY_PK } from '../group/index.ts';
import type { LedgerRebuild, Log, RebuildReport, TopicLayout, TopicTrace } from '../log/index.ts';
import type { KeyedItem, MetaStore, ObjectStore } from '../store/index.ts';
import { parseTopic, TOPICS_PK, type TopicRecord, topicItem, topicKey } from '../topic/index.ts';
import { type Catalog, Catalogs, KEPT_PKS } from './catalog.ts';
import { RecoveryError } from './errors.ts';

/** Says that a rebuild is under way, so that one that was cut short may go on. */
const UNDER_WAY = { pk: 'upkeep', sk: 'rebuild' } as const;
/** Topics of which only events are left get this name, and keep everything until somebody has looked. */
const RECOVERED = { prefix: 'recovered.', config: { 'retention.ms': '-1' } } as const;
const WRITES_AT_ONCE = 16;

export type RebuildProgress = (
  done:
    | { readonly step: 'objects'; readonly objects: number }
    | { readonly step: 'topics'; readonly topics: number; readonly ofTopics: number },
) => void;

export interface RebuiltTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: number;
  /** Whether its name and settings are lost: it is younger than the catalog, or there is none. */
  readonly nameless: boolean;
}

/** What was rebuilt, and what was not. Of the offsets, see `RebuildReport`. */
export interface RecoveryReport extends RebuildReport {
  /** When the catalog was made that names, settings and committed offsets are from; undefined without one. */
  readonly catalogMs: number | undefined;
  readonly topics: readonly RebuiltTopic[];
  /** Ids of topics that were deleted before the catalog was made; their objects are left to the collector. */
  readonly deletedTopics: readonly string[];
  /** Items put back beside topics and ledgers: routes, access rules, declarations, groups and their offsets. */
  readonly otherItems: number;
}

/**
 * Rebuilds the store of items from the object store. Everything else must be at rest: whoever appended meanwhile would be
 * told that there is no such topic, until the very end. A rebuild that was cut short is begun again and does what is left.
 *
 * @throws RecoveryError `rebuild_not_empty`, `rebuild_nothing`; StoreError
 */
export async function rebuildItems(
  parts: { objects: ObjectStore; items: MetaStore; log: Log; clock: Clock; random: Random },
  onProgress: RebuildProgress = () => {},
): Promise<RecoveryReport> {
  const { items, log, clock } = parts;
  await requireEmpty(items);
  const catalogs = new Catalogs(parts);
  const unreadable: string[] = [];
  const [newest, ...before] = await catalogs.read((key) => unreadable.push(key));
  const kept = { newest: newest?.items ?? [], before: before.flatMap((catalog) => catalog.items) };
  const ledgers = await log.rebuild(kept, (objects) => onProgress({ step: 'objects', objects }));
  const { topics, nameless, deleted } = topicsOf(newest, ledgers.topics(), clock.nowMs());
  if (!newest && topics.length === 0) throw nothing();
  await items.write({ write: 'put', key: UNDER_WAY, item: { t: clock.nowMs() } });

  const others = kept.newest.filter(({ key }) => !key.pk.startsWith('ledger/') && key.pk !== TOPICS_PK);
  const groups = others.filter(({ key }) => key.pk === REGISTRY_PK);
  await putAll(items, [...others, ...groups.map(({ key }) => memberlessGroup(key.sk, parts.random))]);
  await writeTopics(items, ledgers, topics, onProgress);
  // The catalogs from before would lead a later rebuild to pages whose numbers have been given anew.
  await catalogs.keep(topics, { now: true });
  await catalogs.prune(1);
  await items.write({ write: 'delete', key: UNDER_WAY });
  return {
    ...ledgers.report,
    unreadable: [...unreadable, ...ledgers.report.unreadable],
    catalogMs: newest?.madeMs,
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions,
      nameless: nameless.has(topicId),
    })),
    deletedTopics: deleted,
    otherItems: others.length,
  };
}

/** Ledgers first: a topic is seen, and appended to, when all of it is there. */
async function writeTopics(
  items: MetaStore,
  ledgers: LedgerRebuild,
  topics: readonly TopicRecord[],
  onProgress: RebuildProgress,
): Promise<void> {
  for (const [i, topic] of topics.entries()) {
    await ledgers.write(topic);
    onProgress({ step: 'topics', topics: i + 1, ofTopics: topics.length });
  }
  await putAll(
    items,
    topics.map((topic) => ({ key: topicKey(topic.name), item: topicItem(topic) })),
  );
}

async function requireEmpty(items: MetaStore): Promise<void> {
  if (await items.get(UNDER_WAY)) return;
  for (const pk of KEPT_PKS) {
    const { items: found } = await items.query(pk, { limit: 1 });
    if (found.length === 0) continue;
    throw new RecoveryError(
      'rebuild_not_empty',
      `The store of items is not empty: it has "${pk}/${found[0]!.sk}". A rebuild begins with an empty one. If the items are whole, there is nothing to rebuild: run verify. If they are damaged, move them away (the files items.db* of a data folder) or make a new table, and rebuild into that.`,
    );
  }
}

function nothing(): RecoveryError {
  return new RecoveryError(
    'rebuild_nothing',
    'There is neither a catalog nor a segment object to rebuild from. Check the names of the folder, or of the bucket.',
  );
}

/** The topics of the catalog, with the partitions that their events show; and those that are younger than it. */
function topicsOf(catalog: Catalog | undefined, traces: readonly TopicTrace[], nowMs: number) {
  const traced = new Map(traces.map((trace) => [trace.topicId, trace]));
  const topics: TopicRecord[] = [];
  const known = new Set<string>();
  for (const { key, item } of catalog?.items ?? []) {
    if (key.pk !== TOPICS_PK) continue;
    const topic = parseTopic(key.sk, item);
    if (topic.state === 'deleting') continue;
    known.add(topic.topicId);
    topics.push({ ...topic, partitions: Math.max(topic.partitions, traced.get(topic.topicId)?.partitions ?? 0) });
  }
  const unknown = traces.filter(({ topicId }) => !known.has(topicId));
  const young = unknown.filter(({ topicId }) => madeMs(topicId) > (catalog?.madeMs ?? 0));
  const found = young.map((trace) => recovered(trace, nowMs));
  return {
    topics: [...topics, ...found],
    nameless: new Set(found.map(({ topicId }) => topicId)),
    deleted: unknown.filter((trace) => !young.includes(trace)).map(({ topicId }) => topicId),
  };
}

function recovered({ topicId, partitions, width }: TopicLayout, nowMs: number): TopicRecord {
  const { prefix, config } = RECOVERED;
  const state = 'active' as const;
  return { name: prefix + topicId, topicId, partitions, width, config, createdMs: nowMs, state, version: 1 };
}

function madeMs(topicId: string): number {
  return ulidTimeMs(parseUlid(topicId)!);
}

/** Puts items where there are none; those that a rebuild which was cut short has put stay. */
async function putAll(items: MetaStore, all: readonly KeyedItem[]): Promise<void> {
  for (let from = 0; from < all.length; from += WRITES_AT_ONCE) {
    const some = all.slice(from, from + WRITES_AT_ONCE);
    await Promise.all(
      some.map(({ key, item }) => items.write({ write: 'put', key, item, when: { if: 'itemAbsent' } })),
    );
  }
}
