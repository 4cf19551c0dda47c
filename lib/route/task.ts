import type { Clock, Random } from '../bytes/index.ts';
import type { Groups } from '../group/index.ts';
import type { Log } from '../log/index.ts';
import type { Events } from '../topic/index.ts';
import type { ErrorPolicy } from './delivery.ts';
import type { Filter } from './filter.ts';
import type { OnNotice } from './notices.ts';
import type { Sink } from './sink.ts';
import type { Transform } from './transform.ts';

/** A route, compiled: what a worker does with the events of each of its ledgers. */
export interface CompiledRoute {
  readonly name: string;
  /** A ULID: a later route of the same name has another. */
  readonly id: string;
  readonly filter: Filter | undefined;
  readonly transform: Transform | undefined;
  readonly sink: Sink;
  readonly policy: ErrorPolicy;
  /** Where a partition without a committed position begins. */
  readonly offsetReset: 'earliest' | 'latest';
}

/** The services that workers stand on. */
export interface WorkerParts {
  readonly events: Events;
  readonly groups: Groups;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a worker without work waits for more before it gives its lease back, in ms. */
  readonly lingerMs?: number | undefined;
  /** Told of deliveries that fail, at most once a minute for each kind and route: nothing of an event, no secret. */
  readonly onNotice?: OnNotice | undefined;
}

/** Counts since the worker began. */
export interface WorkerCounts {
  read: number;
  delivered: number;
}
