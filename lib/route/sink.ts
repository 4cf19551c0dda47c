import type { Clock } from '../bytes/index.ts';
import type { Beside } from '../log/index.ts';
import type { Events } from '../topic/index.ts';
import type { RouteEvent } from './envelope.ts';
import type { SecretReference } from './secret.ts';
import type { Setting, SettingReader } from './setting.ts';

/**
 * What became of one event:
 * - `delivered`: the destination has it.
 * - `retry`: not now; again after `afterMs`, or after the route's backoff.
 * - `poison`: it will never be taken; it goes to the dead letters.
 * - `waits`: an earlier event of the batch comes first; it has not failed, and is tried once that one is settled.
 *
 * `reason` may be logged, and holds nothing of the event and no secret; `detail` is what the destination said.
 */
export type Outcome =
  | { readonly is: 'delivered' }
  | { readonly is: 'retry'; readonly reason: string; readonly detail?: string; readonly afterMs?: number | undefined }
  | { readonly is: 'poison'; readonly reason: string; readonly detail?: string }
  | { readonly is: 'waits' };

export const DELIVERED: Outcome = { is: 'delivered' };

export const WAITS: Outcome = { is: 'waits' };

/** Events of one partition in offset order, and the range of offsets that they were taken from. */
export interface SinkBatch {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** First offset of the range; between its events lie those that the filter or the transform dropped. */
  readonly from: number;
  /** Behind the last offset of the range. */
  readonly to: number;
  readonly events: readonly RouteEvent[];
  /** Whether other events of the range were settled by an earlier try. */
  readonly partial?: boolean;
}

export interface SinkContext {
  readonly route: string;
  /** Distinguishes a route from a later one of its name, and each replay: what was done once before is done again. */
  readonly run: string;
  /** Fires when the route is stopped or its lease is lost. */
  readonly signal: AbortSignal;
  /** The route's own positions, for sinks that store them in the same transaction as what they deliver. */
  readonly positions: SinkPositions;
}

/** Where a route stands in the partitions that it reads. */
export interface SinkPositions {
  /**
   * What moves the route's position in a partition from before `from`, the first event that is delivered, to `to`, behind the
   * last one, in one transaction of the store with the delivery. The transaction fails where the route's lease was lost
   * (GroupError `group_fenced`), or where the position is beyond `from` already (`OffsetsPassed`).
   */
  beside(partition: number, from: number, to: number): Promise<Beside>;
  /** Says that such a transaction took effect. */
  moved(partition: number, to: number): void;
}

/**
 * Where a route delivers to. A sink keeps no position: the route does. It is exactly-once where delivering the same
 * events again changes nothing; else at-least-once, and the destination deduplicates.
 */
export interface Sink {
  /** For errors and dead letters, such as `millrace.WebhookSink`. */
  readonly className: string;
  /** What is delivered one after another: events of one key, or all of a partition. */
  readonly order: 'key' | 'partition';
  /** Whether a batch that may have been delivered must come again with the same range and nothing else. */
  readonly sameBatches: boolean;
  readonly batchEventsMax: number;
  readonly batchBytesMax: number;
  /** One outcome per event, in order. A rejection means retry for all of them. */
  deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]>;
}

/** What sinks are made from, beside their own settings. */
export interface SinkParts {
  readonly events: Events;
  readonly clock: Clock;
  /** The folder below which file sinks may write: who may make routes may write nowhere else. None: no file sinks. */
  readonly filesFolder: string | undefined;
  /**
   * Reads the secret that a config names, in processes that may. It settles, and what it throws holds no secret. None:
   * configs hold their secrets themselves.
   */
  readonly secret?: ((reference: SecretReference) => Promise<string>) | undefined;
}

/** A sink whose settings are right. */
export interface ConfiguredSink {
  /** Its settings, parsed. */
  readonly options: object;
  /** Topics that must exist for it, each with the setting that names it. */
  readonly topics?: readonly { readonly setting: string; readonly topic: string }[];
  /** @throws RouteError `route_config_invalid` where this process cannot have such a sink */
  open(parts: SinkParts): Sink;
}

/** A kind of sink: what `connector.class` calls it, which settings it has, and how it is made from them. */
export interface SinkKind {
  readonly name: string;
  readonly settings: readonly Setting<unknown>[];
  /** The sink, or undefined where a setting is wrong: the reader then knows what. `topics` are those that the route reads. */
  read(reader: SettingReader, topics: readonly string[]): ConfiguredSink | undefined;
}
