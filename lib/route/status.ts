import { requireConfig } from './config.ts';
import type { LeaseState } from './lease.ts';
import type { TaskPlace } from './places.ts';
import { positionsOf } from './positions.ts';
import { NO_COUNTS, type Retrying, retryText, type TaskReport } from './progress.ts';
import type { RouteState, StoredRoute } from './route-item.ts';
import type { WorkerParts } from './task.ts';
import { absent } from './topics-needed.ts';

/** Kafka Connect's status, and per task where it stands. */
export interface RouteStatus {
  readonly name: string;
  readonly connector: {
    readonly state: RouteState;
    readonly worker_id: string;
    /** What keeps it from having tasks: topics that are gone. */
    readonly trace?: string;
  };
  readonly tasks: readonly TaskStatus[];
  readonly type: 'sink';
}

export interface TaskStatus {
  readonly id: number;
  readonly state: RouteState | 'FAILED';
  /** The process that holds the task's lease; empty where nobody needs to. */
  readonly worker_id: string;
  /** Why it failed, or what it is waiting for to pass. */
  readonly trace?: string;
  /** What fails and is tried again, also within `trace`; of another process, as of its last renewal of the lease. */
  readonly retrying?: {
    readonly error: string;
    /** ISO 8601. */
    readonly since: string;
    readonly tries: number;
    /** ISO 8601. */
    readonly next: string;
  };
  readonly topic: string;
  readonly partitions: readonly PartitionStatus[];
  /** Events that were not delivered, since the route was made. */
  readonly events: { readonly filtered: number; readonly dropped: number; readonly dead_lettered: number };
}

export interface PartitionStatus {
  readonly partition: number;
  /** The offset delivered next; null where none is committed yet. */
  readonly position: number | null;
  /** Events from the position to the end; all there are, where there is no position. */
  readonly lag: number;
}

/** What else a status is made of: the leases, and how the tasks of this process fare. */
export interface StatusSources {
  readonly leases: readonly LeaseState[];
  reportOf(place: TaskPlace): Partial<TaskReport>;
}

/** The status of a route. A stopped one has no tasks, as in Connect. Units: one read per ledger, and the offsets. */
export async function statusOf(
  parts: WorkerParts,
  route: StoredRoute,
  places: readonly TaskPlace[],
  { leases, reportOf }: StatusSources,
): Promise<RouteStatus> {
  const positions = await positionsOf(parts, route.name);
  const tasks: TaskStatus[] = [];
  for (const place of route.state === 'STOPPED' ? [] : places) {
    const lease = leases.find(({ topicId, ledger }) => topicId === place.topicId && ledger === place.ledger);
    const offsets = await parts.events.offsets(place.topic, place.partitions);
    const partitions = place.partitions.map((partition, index): PartitionStatus => {
      const known = positions.find((one) => one.topic === place.topic && one.partition === partition)?.offset;
      const { lastStableOffset, logStartOffset } = offsets[index]!;
      const lag = Math.max(0, lastStableOffset - Math.max(known ?? logStartOffset, logStartOffset));
      return { partition, position: known ?? null, lag };
    });
    const report = reportOf(place);
    const retrying = lease?.failed
      ? undefined
      : report.counts
        ? report.retrying
        : (report.retrying ?? lease?.report.retrying);
    const { filtered, dropped, deadLettered } = report.counts ?? lease?.report.counts ?? NO_COUNTS;
    const trace = lease?.failed?.trace ?? (retrying && retryText(retrying, parts.clock.nowMs()));
    tasks.push({
      id: place.taskId,
      state: lease?.failed ? 'FAILED' : route.state,
      worker_id: lease?.owner?.split('.')[0] ?? '',
      ...(trace !== undefined && { trace }),
      ...(retrying && { retrying: shown(retrying) }),
      topic: place.topic,
      partitions,
      events: { filtered, dropped, dead_lettered: deadLettered },
    });
  }
  const gone = requireConfig(route.texts).topics.filter((topic) => !places.some((place) => place.topic === topic));
  const connector = {
    state: route.state,
    worker_id: '',
    ...(gone.length > 0 && { trace: gone.map(absent).join('; ') }),
  };
  return { name: route.name, connector, tasks, type: 'sink' };
}

function shown({ reason, sinceMs, tries, nextMs }: Retrying) {
  return { error: reason, since: new Date(sinceMs).toISOString(), tries, next: new Date(nextMs).toISOString() };
}
