import type { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** What a route does with an event that its destination refuses for good, or for too long. */
export type OnFailure = {
  readonly do: 'stop' | 'drop' | 'topic' | 'queue';
  readonly topic?: string;
  readonly queue?: IQueue;
  readonly retryFor?: Duration | 'ever';
};

interface RetryOptions {
  /** How long an event is tried before it counts as failed. Five minutes unless given. */
  readonly retryFor?: Duration | 'ever';
}

/**
 * What happens to events that cannot be delivered.
 *
 * @example
 * platform.addRoute('late', { topics: ['flights'], to: Sink.sqs(queue), onFailure: OnFailure.deadLetterTopic('late-dead') });
 */
export const OnFailure = {
  /** The route's task stops at the event until somebody restarts it: nothing behind it is delivered. The default. */
  stop: (options: RetryOptions = {}): OnFailure => ({ do: 'stop', ...options }),
  /** The event is left out, counted, and told to the log. */
  drop: (options: RetryOptions = {}): OnFailure => ({ do: 'drop', ...options }),
  /** The event goes to a topic, whole, with what went wrong in its headers; the topic is made where it is not there. */
  deadLetterTopic: (topic: string, options: RetryOptions = {}): OnFailure => ({ do: 'topic', topic, ...options }),
  /** As `deadLetterTopic` with a topic named after the route, and on from there to a queue. */
  deadLetterQueue: (queue: IQueue, options: RetryOptions = {}): OnFailure => ({ do: 'queue', queue, ...options }),
} as const;
