import type { AclBinding } from '../../auth/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';
import { requireCluster } from '../rights.ts';
import { aclCodes, aclFilter } from '../security/index.ts';

/*
 * DescribeAcls, versions 1 to 3: the access rules that a filter means, by resource. Needs DESCRIBE on the cluster.
 * - They are kept, and answered, where rights are not checked, too.
 * - v2 is flexible; v3 has resources of type USER: none is ever found.
 */
export const describeAcls: Handler<'DescribeAcls'> = {
  api: 'DescribeAcls',
  handle: async (request, context) => {
    await requireCluster(context, 'DESCRIBE');
    const filter = aclFilter(request);
    const found = filter ? await context.parts.acls.list(filter) : [];
    return {
      throttleTimeMs: 0,
      errorCode: KAFKA_ERRORS.NONE,
      errorMessage: null,
      resources: [...Map.groupBy(found, keyOf).values()].map(described),
    };
  },
  failed: (_request, failure) => ({ throttleTimeMs: 0, ...failure, resources: [] }),
};

function keyOf({ resource: { type, pattern, name } }: AclBinding): string {
  return `${type} ${pattern} ${name}`;
}

function described(bindings: AclBinding[]) {
  const acls = bindings.map(aclCodes);
  const { resourceType, resourceName, patternType } = acls[0]!;
  return {
    resourceType,
    resourceName,
    patternType,
    acls: acls.map(({ principal, host, operation, permissionType }) => ({
      principal,
      host,
      operation,
      permissionType,
    })),
  };
}
