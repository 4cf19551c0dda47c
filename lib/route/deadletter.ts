import type { EventIn } from '../topic/index.ts';
import type { RouteEvent } from './envelope.ts';

/** Where in its way an event failed. Connect's `Stage`, as far as routes have it. */
export type Stage = 'TRANSFORMATION' | 'TASK_PUT';

/** Why an event could not be delivered. */
export interface Failure {
  readonly stage: Stage;
  /** What raised it, such as `millrace.WebhookSink`. */
  readonly className: string;
  readonly exception: string;
  readonly message: string;
  /** The same without anything of the event, for a log. */
  readonly brief: string;
}

/** Who failed: Connect's connector name and task id. */
export interface FailedTask {
  readonly route: string;
  readonly taskId: number;
}

/**
 * The dead letter of an event: its own key, value and headers, whole, and what went wrong in headers named as Kafka
 * Connect's DeadLetterQueueReporter names them (KIP-298).
 *
 * @example
 * deadLetter(event, failure, { task: { route: 'hooks', taskId: 0 }, contextHeaders: true });
 */
export function deadLetter(
  event: RouteEvent,
  failure: Failure,
  { task, contextHeaders }: { task: FailedTask; contextHeaders: boolean },
): EventIn {
  const { key, value, timestampMs } = event;
  if (!contextHeaders) return { key, value, timestampMs, headers: event.headers };
  const context: [string, string][] = [
    ['topic', event.topic],
    ['partition', String(event.partition)],
    ['offset', String(event.offset)],
    ['connector.name', task.route],
    ['task.id', String(task.taskId)],
    ['stage', failure.stage],
    ['class.name', failure.className],
    ['exception.class.name', failure.exception],
    ['exception.message', failure.message],
  ];
  const headers = context.map(([name, text]) => [`__connect.errors.${name}`, Buffer.from(text)] as const);
  return { key, value, timestampMs, headers: [...event.headers, ...headers] };
}
