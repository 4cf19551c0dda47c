import { covers } from './authorize.ts';
import type { AclBinding, AclFilter, ResourcePattern } from './model.ts';

/**
 * Whether the filter means this binding.
 *
 * @example
 * matches({ pattern: 'MATCH', type: 'TOPIC', name: 'orders' }, onPrefix('ord')); // true: it applies to the topic
 */
export function matches(filter: AclFilter, binding: AclBinding): boolean {
  return (
    matchesResource(filter, binding.resource) &&
    is(filter.principal, binding.principal) &&
    is(filter.host, binding.host) &&
    is(filter.operation, binding.operation) &&
    is(filter.permission, binding.permission)
  );
}

function matchesResource({ type, name, pattern }: AclFilter, resource: ResourcePattern): boolean {
  if (!is(type, resource.type)) return false;
  if (pattern === 'MATCH') return name === undefined || covers(resource, name);
  if (pattern !== 'ANY' && pattern !== resource.pattern) return false;
  return is(name, resource.name);
}

function is(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === found;
}
