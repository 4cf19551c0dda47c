import { Reader, Writer } from '../../bytes/index.ts';
import { groupPk, type Subscription } from '../../group/index.ts';
import type { Item, ItemKey, Value } from '../../store/index.ts';
import type { EmbeddedFormat } from '../reply.ts';

/** Where an instance reads from when nothing is committed, or what is committed is gone. */
export type OffsetReset = 'earliest' | 'latest' | 'none';

/** What a consumer instance was made with; it does not change. */
export interface InstanceConfig {
  readonly format: EmbeddedFormat;
  readonly reset: OffsetReset;
  readonly autoCommit: boolean;
  readonly minBytes: number;
  readonly pollMs: number;
  readonly sessionTimeoutMs: number;
}

/** What an instance reads: topics by name or pattern as a member of its group, or partitions that it chose itself. */
export type Wanted = Subscription | 'assigned';

/** How far an instance is in one partition. */
export interface Place {
  /** The next offset to read; -1 until it is looked up. */
  readonly position: number;
  /** What it committed last, or found committed; -1 for nothing. */
  readonly committed: number;
}

/** Topic → partition → place: the partitions that the instance has. */
export type Places = ReadonlyMap<string, ReadonlyMap<number, Place>>;

export const NO_PLACES: Places = new Map();
export const NO_TOPIC_IDS: ReadonlyMap<string, string> = new Map();

/** A consumer instance: all that a process needs to serve its next request. */
export interface Instance {
  readonly config: InstanceConfig;
  /** Its member of the group; drawn once, so that a join whose answer was lost leaves no second member behind. */
  readonly memberId: string;
  /** 0 while it is no member. */
  readonly memberEpoch: number;
  readonly wanted: Wanted | undefined;
  readonly places: Places;
  /** Topic → id, of the topics that it has as a member: one that was deleted and made anew has another. */
  readonly topicIds: ReadonlyMap<string, string>;
  /** Wall time of the last commit that it made by itself. */
  readonly committedAtMs: number;
  /** Wall time after which it is gone, unless a request comes before. */
  readonly deadlineMs: number;
  /** Counts answers with records: the next answer begins with another partition. */
  readonly turn: number;
}

/** pk `group/<group>`, sk `instance/<id>`: one item per instance, beside its group. */
export function instanceKey(group: string, id: string): ItemKey {
  return { pk: groupPk(group), sk: `instance/${id}` };
}

/** Items are kept so long past their deadline before the store may drop them. */
const TTL_GRACE_S = 3_600;

/** About 150 bytes, and 4 to 16 per partition. */
export function instanceItem(instance: Instance, version: number): Item {
  const { config, wanted } = instance;
  return {
    v: version,
    c: [config.format, config.reset, config.autoCommit, config.minBytes, config.pollMs, config.sessionTimeoutMs],
    m: instance.memberId,
    e: instance.memberEpoch,
    w: wantedValue(wanted),
    p: Object.fromEntries([...instance.places].map(([topic, places]) => [topic, placesBytes(places)])),
    i: Object.fromEntries(instance.topicIds),
    a: instance.committedAtMs,
    d: instance.deadlineMs,
    n: instance.turn,
    ttl: Math.ceil(instance.deadlineMs / 1000) + TTL_GRACE_S,
  };
}

export function parseInstanceItem(item: Item): { instance: Instance; version: number } {
  const [format, reset, autoCommit, minBytes, pollMs, sessionTimeoutMs] = item.c as readonly Value[];
  const config: InstanceConfig = {
    format: format as EmbeddedFormat,
    reset: reset as OffsetReset,
    autoCommit: autoCommit as boolean,
    minBytes: minBytes as number,
    pollMs: pollMs as number,
    sessionTimeoutMs: sessionTimeoutMs as number,
  };
  const places = Object.entries(item.p as Record<string, Uint8Array>);
  const instance: Instance = {
    config,
    memberId: item.m as string,
    memberEpoch: item.e as number,
    wanted: parseWanted(item.w ?? null),
    places: new Map(places.map(([topic, bytes]) => [topic, parsePlaces(bytes)])),
    topicIds: new Map(Object.entries(item.i as Record<string, string>)),
    committedAtMs: item.a as number,
    deadlineMs: item.d as number,
    turn: item.n as number,
  };
  return { instance, version: item.v as number };
}

function wantedValue(wanted: Wanted | undefined): Value {
  if (wanted === undefined) return null;
  return wanted === 'assigned' ? 'assigned' : 'topics' in wanted ? { t: wanted.topics } : { r: wanted.pattern };
}

function parseWanted(value: Value): Wanted | undefined {
  if (value === null) return undefined;
  if (value === 'assigned') return 'assigned';
  const { t, r } = value as { t?: readonly string[]; r?: string };
  return t ? { topics: t } : { pattern: r! };
}

/** Per partition: its distance from the one before, then position and committed offset, each plus one. */
function placesBytes(places: ReadonlyMap<number, Place>): Uint8Array {
  const writer = new Writer(16 * (places.size + 1));
  let before = 0;
  for (const [partition, { position, committed }] of [...places].sort(([a], [b]) => a - b)) {
    writer.uvarint(partition - before);
    writer.uvarint(position + 1);
    writer.uvarint(committed + 1);
    before = partition;
  }
  return writer.view();
}

function parsePlaces(bytes: Uint8Array): ReadonlyMap<number, Place> {
  const reader = new Reader(bytes);
  const places = new Map<number, Place>();
  let partition = 0;
  while (reader.remaining > 0) {
    partition += reader.uvarint();
    const position = reader.uvarint() - 1;
    places.set(partition, { position, committed: reader.uvarint() - 1 });
  }
  return places;
}
