import { createHash } from 'node:crypto';
import type { AclBinding, Acls } from '../auth/index.ts';
import type { ThingOperations } from './settle.ts';

/** Of a key's 1,024 bytes; what would be longer is told apart by its digest. */
const NAME_BYTES_MAX = 900;
const NAME_CHARS_SHOWN = 200;

/** A binding's name among declared things: all that it says. */
export function bindingName({ resource, principal, host, operation, permission }: AclBinding): string {
  const { type, pattern, name } = resource;
  const said = JSON.stringify([principal, permission, operation, type, pattern, name, ...(host === '*' ? [] : [host])]);
  if (Buffer.byteLength(said) <= NAME_BYTES_MAX) return said;
  return `${said.slice(0, NAME_CHARS_SHOWN)}#${createHash('sha256').update(said).digest('base64url')}`;
}

/**
 * How declared rights come true. A binding says all of itself in its name, so it is there or not, and never changes. What is
 * there is read once for all.
 */
export async function aclOperations(acls: Acls): Promise<ThingOperations<AclBinding>> {
  const there = new Set((await acls.list()).map(bindingName));
  return {
    kind: 'acl',
    bring: async (name, last, next) => {
      if (last && there.has(name)) return { is: 'kept', why: `Right ${name} is as declared.`, holds: next };
      await acls.create([next]);
      return { is: 'created', why: `Right ${name} was granted.`, holds: next };
    },
    withdraw: async (name, { resource, ...rest }) => {
      await acls.delete([{ ...resource, ...rest }]);
      return { is: 'deleted', why: `Right ${name} is no longer declared, and was taken back.` };
    },
  };
}
