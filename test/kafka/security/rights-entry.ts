import type { AskedOperation, Resource } from '../../../lib/auth/index.ts';
import type { ApiName, KAFKA_ERRORS, Requests, Sparse } from '../../../lib/kafka/index.ts';

export type Need = readonly [AskedOperation, Resource];

/** A request, and the rights that it needs: all of `needs`, or any one of `instead`. */
export interface Entry<Name extends ApiName> {
  readonly ask: Sparse<Requests[Name]>;
  readonly needs: readonly Need[];
  readonly instead?: readonly Need[];
  /** What is told where they lack. */
  readonly refused?: keyof typeof KAFKA_ERRORS;
}

/** Requests of some kind. Source: the checks of Kafka 4.3.1's KafkaApis and ControllerApis, request by request. */
export type Rights = { readonly [Name in ApiName]?: readonly Entry<Name>[] };

export const TOPIC: Resource = { type: 'TOPIC', name: 'orders' };
export const GROUP: Resource = { type: 'GROUP', name: 'billing' };
export const TRANSACTION: Resource = { type: 'TRANSACTIONAL_ID', name: 't' };
export const REFUSED_TRANSACTION = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
export const REFUSED = 'TOPIC_AUTHORIZATION_FAILED';
export const REFUSED_GROUP = 'GROUP_AUTHORIZATION_FAILED';
export const REFUSED_CLUSTER = 'CLUSTER_AUTHORIZATION_FAILED';
