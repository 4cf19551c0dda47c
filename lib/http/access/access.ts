import {
  type Acls,
  type AskedOperation,
  AuthError,
  Authorizer,
  CLUSTER,
  isPrincipal,
  type Resource,
} from '../../auth/index.ts';
import type { HttpContext } from '../context.ts';

/** How requests say who asks, and who may do everything. */
export interface AccessOptions {
  /**
   * Who asks: `User:` and a name, from what the request brought and somebody proved (API Gateway's authorizer, a
   * verified token); undefined for nobody. Never from a header that clients can send as they like.
   */
  principalOf(c: HttpContext): string | undefined;
  /** Those whom no binding concerns: they may do everything. Without any, nobody could make the first binding. */
  readonly superUsers?: Iterable<string>;
  /** What an unauthenticated request is told in WWW-Authenticate (RFC 9110, 11.6.1); `Bearer` unless given. */
  readonly challenge?: string;
}

/** Who asks where nobody checks. */
const NOBODY_CHECKS = undefined;

/**
 * The rights of requests. Without options everything is allowed to everybody: as on loopback, where whoever reaches the
 * port owns the machine.
 */
export class Access {
  readonly challenge: string;
  readonly #principalOf: AccessOptions['principalOf'] | undefined;
  readonly #authorizer: Authorizer;

  constructor(acls: Acls, options: AccessOptions | undefined) {
    this.challenge = options?.challenge ?? 'Bearer';
    this.#principalOf = options && ((c) => options.principalOf(c));
    this.#authorizer = new Authorizer(acls, { superUsers: options?.superUsers ?? [] });
  }

  /** Whether rights are checked at all. */
  get enforced(): boolean {
    return this.#principalOf !== undefined;
  }

  /**
   * Who asks, or undefined where nobody checks.
   * @throws AuthError unauthenticated
   */
  principal(c: HttpContext): string | undefined {
    if (!this.#principalOf) return NOBODY_CHECKS;
    const principal = this.#principalOf(c);
    if (principal !== undefined && isPrincipal(principal)) return principal;
    throw new AuthError(
      'unauthenticated',
      'This request does not say who asks. Sign it, or send the token that this API takes.',
    );
  }

  /** @throws AuthError unauthenticated, not_authorized; StoreError where the rights can't be read */
  async require(c: HttpContext, operation: AskedOperation, resource: Resource): Promise<void> {
    const principal = this.principal(c);
    if (principal !== undefined) await this.#authorizer.require(principal, operation, resource);
  }

  /** The same for each of the topics; the first that is refused is named. */
  async requireTopics(c: HttpContext, operation: AskedOperation, topics: Iterable<string>): Promise<void> {
    if (!this.enforced) return;
    for (const name of new Set(topics)) await this.require(c, operation, { type: 'TOPIC', name });
  }

  /** Whether `requireTopics` would pass. */
  async mayTopics(c: HttpContext, operation: AskedOperation, topics: Iterable<string>): Promise<boolean> {
    if (!this.enforced) return true;
    for (const name of new Set(topics)) if (!(await this.may(c, operation, { type: 'TOPIC', name }))) return false;
    return true;
  }

  /** The right on the topic, or on the cluster, which is the right on every topic. */
  async requireTopicOrCluster(c: HttpContext, operation: AskedOperation, topic: string): Promise<void> {
    if (await this.may(c, operation, CLUSTER)) return;
    await this.require(c, operation, { type: 'TOPIC', name: topic });
  }

  async may(c: HttpContext, operation: AskedOperation, resource: Resource): Promise<boolean> {
    const principal = this.principal(c);
    return principal === undefined || this.#authorizer.may({ principal, operation, resource });
  }

  /** Those of `named` that the principal may see. */
  async visible<T>(
    c: HttpContext,
    type: Resource['type'],
    named: readonly T[],
    nameOf: (one: T) => string,
  ): Promise<readonly T[]> {
    const principal = this.principal(c);
    return principal === undefined ? named : this.#authorizer.filter(principal, 'DESCRIBE', { type, nameOf }, named);
  }
}
