import type { AclBinding, Operation, PatternType, Permission, ResourceType } from '../../lib/auth/index.ts';

interface More {
  readonly type?: ResourceType;
  readonly pattern?: PatternType;
  readonly principal?: string;
  readonly host?: string;
}

/** A binding that allows `operation` on the topic `name` to alice, unless `more` says otherwise. */
export function allow(operation: Operation, name: string, more: More = {}): AclBinding {
  return bound('ALLOW', operation, name, more);
}

export function deny(operation: Operation, name: string, more: More = {}): AclBinding {
  return bound('DENY', operation, name, more);
}

function bound(permission: Permission, operation: Operation, name: string, more: More): AclBinding {
  const { type = 'TOPIC', pattern = 'LITERAL', principal = 'User:alice', host = '*' } = more;
  return { resource: { type, pattern, name }, principal, host, operation, permission };
}
