import { createHash } from 'node:crypto';
import { eachItem, type Item, type ItemKey, type MetaStore } from '../store/index.ts';
import type { AclBinding, Operation, PatternType, Permission, ResourceType } from './model.ts';

/*
 * A binding: pk `acls`, sk the digest of all that it says, so that the same binding is the same item however often it is
 * made. Attributes: r resource type, n its name, p pattern type, w principal (who), h host, o operation, d permission.
 * About 150 bytes: a query of 4 KB has 25 of them.
 */
/** All bindings lie under this partition key. */
export const ACLS_PK = 'acls';

function aclKey({ resource, principal, host, operation, permission }: AclBinding): ItemKey {
  const said = [resource.type, resource.pattern, resource.name, principal, host, operation, permission];
  return { pk: ACLS_PK, sk: createHash('sha256').update(JSON.stringify(said)).digest('base64url') };
}

/** All bindings, in no order that means anything. */
export async function readAcls(items: MetaStore): Promise<AclBinding[]> {
  const bindings: AclBinding[] = [];
  for await (const { item } of eachItem(items, ACLS_PK)) bindings.push(parseAcl(item));
  return bindings;
}

/** Stores a binding; one that is there already stays. */
export async function putAcl(items: MetaStore, binding: AclBinding): Promise<void> {
  await items.write({ write: 'put', key: aclKey(binding), item: aclItem(binding) });
}

/** Forgets a binding; one that is not there is no error. */
export async function deleteAcl(items: MetaStore, binding: AclBinding): Promise<void> {
  await items.write({ write: 'delete', key: aclKey(binding) });
}

function aclItem({ resource, principal, host, operation, permission }: AclBinding): Item {
  const { type, name, pattern } = resource;
  return { r: type, n: name, p: pattern, w: principal, h: host, o: operation, d: permission };
}

function parseAcl(item: Item): AclBinding {
  return {
    resource: { type: item.r as ResourceType, pattern: item.p as PatternType, name: item.n as string },
    principal: item.w as string,
    host: item.h as string,
    operation: item.o as Operation,
    permission: item.d as Permission,
  };
}
