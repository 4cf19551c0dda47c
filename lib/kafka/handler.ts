import type { AskedOperation, Resource } from '../auth/index.ts';
import type { Lease } from '../bytes/index.ts';
import type { ApiName, Requests, Responses } from './codec/index.ts';
import type { GatewayParts } from './gateway.ts';
import type { Session } from './session.ts';

/** What a handler knows beside its request. */
export interface HandlerContext {
  /** Of the request, and of its answer. */
  readonly version: number;
  readonly session: Session;
  readonly parts: GatewayParts;
  /** Fires when the connection ends or the gateway closes: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Holds memory that the answer shows, until it is sent, or nobody wants it any more. */
  readonly lease: Lease;
  /**
   * Whether the session's principal may do `operation` to `resource`: the one question that handlers ask about rights.
   * @throws StoreError where nobody can tell
   */
  allow(operation: AskedOperation, resource: Resource): Promise<boolean>;
  /**
   * Lets the connection's next request begin before this one is answered, if it is of the same API; answers leave in order
   * all the same. For handlers that have done what must happen in order, and now only wait. Others see what this one did.
   */
  admitted(): void;
}

/** The answer to one API, all versions of it. */
export interface Handler<Name extends ApiName> {
  readonly api: Name;
  /** Undefined where the client wants no answer (acks 0). */
  handle(request: Requests[Name], context: HandlerContext): Promise<Responses[Name] | undefined>;
  /**
   * The answer where `handle` threw: the error in every place that the request asked about, as Kafka's
   * `getErrorResponse`. Undefined where the client wants no answer.
   */
  failed(request: Requests[Name], failure: Failure, context: HandlerContext): Responses[Name] | undefined;
}

/** What is told of an error. */
export interface Failure {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** Handlers by their API; those that are missing are not advertised. */
export type Handlers = { readonly [Name in ApiName]?: Handler<Name> };
