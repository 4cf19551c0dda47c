import type { Acls } from './acls.ts';
import { authorize, authorizeAny } from './authorize.ts';
import { checkPrincipal, isPrincipal } from './check.ts';
import { AuthError } from './errors.ts';
import type { AccessRequest, AskedOperation, Asker, Resource, ResourceType } from './model.ts';

/**
 * Decides requests by the stored bindings; super users may do everything. Where the bindings can't be read, it throws, and
 * nothing is allowed.
 *
 * @example
 * const authorizer = new Authorizer(acls, { superUsers: ['User:role/Admin'] });
 * await authorizer.require('User:alice', 'WRITE', { type: 'TOPIC', name: 'orders' }); // throws where she may not
 */
export class Authorizer {
  readonly #acls: Acls;
  readonly #superUsers: ReadonlySet<string>;

  /** @throws AuthError acl_invalid for a super user that is no principal, or is everybody */
  constructor(acls: Acls, options: { superUsers?: Iterable<string> } = {}) {
    this.#acls = acls;
    this.#superUsers = new Set(options.superUsers);
    for (const principal of this.#superUsers) {
      checkPrincipal(principal);
      if (isPrincipal(principal)) continue;
      throw new AuthError('acl_invalid', `${principal} can't be a super user: name those who are, one by one.`);
    }
  }

  /** Whether the request may pass. @throws StoreError where nobody can tell */
  async may(request: AccessRequest): Promise<boolean> {
    if (this.#superUsers.has(request.principal)) return true;
    return authorize((await this.#acls.current()).about(request), request);
  }

  /** Those of `named` on whose resources of that type the principal may do it, by one look at the bindings. */
  async filter<T>(
    principal: string,
    operation: AskedOperation,
    { type, nameOf }: { readonly type: ResourceType; nameOf(one: T): string },
    named: readonly T[],
  ): Promise<T[]> {
    if (this.#superUsers.has(principal)) return [...named];
    const index = await this.#acls.current();
    return named.filter((one) => {
      const request = { principal, operation, resource: { type, name: nameOf(one) } };
      return authorize(index.about(request), request);
    });
  }

  /** Whether there is any resource of that type on which the principal may do it (KIP-679). */
  async mayOnAny(asker: Asker, operation: AskedOperation, type: ResourceType): Promise<boolean> {
    if (this.#superUsers.has(asker.principal)) return true;
    return authorizeAny((await this.#acls.current()).all, { ...asker, operation, type });
  }

  /** @throws AuthError not_authorized; StoreError */
  async require(principal: string, operation: AskedOperation, resource: Resource): Promise<void> {
    if (!(await this.may({ principal, operation, resource }))) throw notAuthorized(principal, operation, resource);
  }
}

/** The refusal of a request. It is the same whether the resource exists or not. */
export function notAuthorized(principal: string, operation: AskedOperation, resource: Resource): AuthError {
  return new AuthError('not_authorized', `${principal} is not authorized to ${operation} ${resourceText(resource)}.`);
}

function resourceText({ type, name }: Resource): string {
  if (type === 'CLUSTER') return 'the cluster';
  return `${type === 'TRANSACTIONAL_ID' ? 'transactional id' : type.toLowerCase()} ${JSON.stringify(name.slice(0, 300))}`;
}
