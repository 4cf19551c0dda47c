import { Token } from 'aws-cdk-lib';
import { parseRouteConfig } from '../lib/route/index.ts';
import { demand } from './errors.ts';
import type { OnFailure } from './on-failure.ts';
import type { SinkTarget } from './sink.ts';

/** A route: events of topics, some or all of them, as they are or transformed, to a destination. */
export interface RouteProps {
  /** Topics of the platform, by name. */
  readonly topics: readonly string[];
  /** An EventBridge event pattern over `topic`, `key`, `headers`, `value` and so on. Default: all events. */
  readonly filter?: object;
  /** A JSONata expression; its result is what is delivered. Default: events as they are. */
  readonly transform?: string;
  readonly to: SinkTarget;
  readonly onFailure?: OnFailure;
  /** Where it begins when it is made. Default: with the oldest event there is. */
  readonly from?: 'earliest' | 'latest';
  /** Further settings by Kafka Connect's names: see docs/routes.md. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** With the platform's name and what stands between, it must be the name of a function. */
export const ROUTE_NAME = /^[a-zA-Z0-9_-]{1,24}$/;

/** What brings a route's dead letters from their topic to their queue. */
export function deadRouteOf(route: string): string {
  return `${route}-dead`;
}

/** The dead letters of a route that go on to a queue. */
export function deadTopicOf(route: string): string {
  return `${route}.dead`;
}

/**
 * A route's configuration, as Kafka Connect has it.
 *
 * @throws PlatformConfigError for every setting that is wrong: the rules are those that the platform itself applies
 */
export function routeConfig(name: string, props: RouteProps): Record<string, string> {
  demand(
    ROUTE_NAME.test(name),
    `"${name}" is no name for a route: write 1 to 24 letters, digits, dashes and underscores, as its function is named after it.`,
  );
  demand(
    props.onFailure?.do !== 'queue' || ROUTE_NAME.test(deadRouteOf(name)),
    `Route "${name}": its dead letters go to their queue by a route "${deadRouteOf(name)}", whose name is too long. Write five characters less.`,
  );
  demand(props.topics.length > 0, `Route "${name}" reads no topic: write topics: ['orders'].`);
  const { to, filter, transform, from } = props;
  const config = {
    'connector.class': to.connector,
    topics: props.topics.join(','),
    ...(filter && { filter: JSON.stringify(filter) }),
    ...(transform !== undefined && { transform }),
    ...(from && { 'consumer.override.auto.offset.reset': from }),
    ...failureSettings(name, props.onFailure),
    ...props.settings,
    ...to.settings,
  };
  for (const [setting, text] of Object.entries(config)) {
    demand(
      !Token.isUnresolved(text) || to.samples[setting] !== undefined,
      `Route "${name}": "${setting}" is only known when the stack is deployed, so it cannot be checked: write a literal text.`,
    );
  }
  const { problems } = parseRouteConfig({ ...config, ...to.samples });
  demand(problems.length === 0, `Route "${name}": ${problems.map(({ error }) => error).join('; ')}.`);
  return config;
}

function failureSettings(name: string, onFailure: OnFailure | undefined): Record<string, string> {
  if (!onFailure) return {};
  const { retryFor } = onFailure;
  const retry = retryFor && { 'errors.retry.timeout': retryFor === 'ever' ? '-1' : String(retryFor.toMilliseconds()) };
  if (onFailure.do === 'stop') return { ...retry };
  const topic = onFailure.do === 'queue' ? deadTopicOf(name) : onFailure.topic;
  return {
    ...retry,
    'errors.tolerance': 'all',
    ...(topic !== undefined && { 'errors.deadletterqueue.topic.name': topic }),
  };
}
