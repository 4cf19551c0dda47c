import { hostAddress } from './host.ts';
import {
  type AccessRequest,
  type AclBinding,
  type AskedOperation,
  type Asker,
  EVERYBODY,
  type Operation,
  type ResourcePattern,
  type ResourceType,
  WILDCARD,
} from './model.ts';

/** Operations whose ALLOW allows the one at the left, too. Source: KIP-11, and Kafka's StandardAuthorizerData. */
const IMPLIED_BY: Readonly<Partial<Record<AskedOperation, readonly Operation[]>>> = {
  DESCRIBE: ['READ', 'WRITE', 'DELETE', 'ALTER'],
  DESCRIBE_CONFIGS: ['ALTER_CONFIGS'],
};

/**
 * Whether `bindings` let the request pass: one of them allows it, or something that implies it, and none denies it. What
 * nobody allows is refused. A denied DESCRIBE leaves an allowed READ as it is: implication goes from ALLOW to ALLOW alone.
 *
 * @example
 * authorize([allow('User:alice', 'READ', 'orders')], {
 *   principal: 'User:alice', operation: 'DESCRIBE', resource: { type: 'TOPIC', name: 'orders' },
 * }); // true
 */
export function authorize(bindings: Iterable<AclBinding>, request: AccessRequest): boolean {
  let allowed = false;
  for (const binding of bindings) {
    if (!concerns(binding, request)) continue;
    if (denies(binding, request.operation)) return false;
    allowed ||= allows(binding, request.operation);
  }
  return allowed;
}

/**
 * Whether there is any resource of `type` on which the request would pass (KIP-679). Names are endless, so a prefix is
 * closed by a denied prefix of it alone, never by single names.
 */
export function authorizeAny(
  bindings: Iterable<AclBinding>,
  { operation, type, ...asker }: Asker & { operation: AskedOperation; type: ResourceType },
): boolean {
  const allowed: ResourcePattern[] = [];
  const deniedNames = new Set<string>();
  const deniedPrefixes: string[] = [];
  for (const binding of bindings) {
    const { resource } = binding;
    if (resource.type !== type || !isOf(binding, asker)) continue;
    if (denies(binding, operation)) {
      if (isAll(resource)) return false;
      if (resource.pattern === 'PREFIXED') deniedPrefixes.push(resource.name);
      else deniedNames.add(resource.name);
    } else if (allows(binding, operation)) {
      allowed.push(resource);
    }
  }
  return allowed.some((resource) => {
    if (isAll(resource)) return true;
    if (resource.pattern === 'LITERAL' && deniedNames.has(resource.name)) return false;
    return !deniedPrefixes.some((prefix) => resource.name.startsWith(prefix));
  });
}

/** Whether a pattern takes in the resource of that name. */
export function covers({ pattern, name }: ResourcePattern, resourceName: string): boolean {
  if (pattern === 'PREFIXED') return resourceName.startsWith(name);
  return name === WILDCARD || name === resourceName;
}

function concerns(binding: AclBinding, request: AccessRequest): boolean {
  const { type, name } = request.resource;
  return binding.resource.type === type && isOf(binding, request) && covers(binding.resource, name);
}

function isOf(binding: AclBinding, { principal, host }: Asker): boolean {
  if (binding.principal !== principal && binding.principal !== EVERYBODY) return false;
  if (binding.host === WILDCARD) return true;
  // Who may come from there is kept out, but not let in.
  if (host === undefined) return binding.permission === 'DENY';
  return hostAddress(binding.host) === host;
}

function denies({ permission, operation }: AclBinding, asked: AskedOperation): boolean {
  return permission === 'DENY' && (operation === asked || operation === 'ALL');
}

function allows({ permission, operation }: AclBinding, asked: AskedOperation): boolean {
  if (permission !== 'ALLOW') return false;
  return operation === asked || operation === 'ALL' || IMPLIED_BY[asked]?.includes(operation) === true;
}

function isAll({ pattern, name }: ResourcePattern): boolean {
  return pattern === 'LITERAL' && name === WILDCARD;
}
