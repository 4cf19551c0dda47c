import type { AclBinding, AclFilter } from '../../auth/index.ts';
import { KAFKA_ERRORS, refusalOf } from '../error-codes.ts';
import type { Failure, Handler } from '../handler.ts';
import { requireCluster } from '../rights.ts';
import { aclCodes, aclFilter } from '../security/index.ts';

/*
 * DeleteAcls, versions 1 to 3: deletes the access rules that filters mean, and tells which. Needs ALTER on the cluster.
 * - A filter that cannot be is refused for itself.
 * - v2 is flexible; v3 has resources of type USER: none is ever found.
 */
export const deleteAcls: Handler<'DeleteAcls'> = {
  api: 'DeleteAcls',
  handle: async ({ filters }, context) => {
    await requireCluster(context, 'ALTER');
    const read = filters.map(readFilter);
    const deleted = await context.parts.acls.delete(read.flatMap(({ filter }) => filter ?? []));
    const next = deleted.values();
    const filterResults = read.map(({ filter, failure }) => ({
      ...(failure ?? NO_FAILURE),
      matchingAcls: filter ? (next.next().value ?? []).map(matching) : [],
    }));
    return { throttleTimeMs: 0, filterResults };
  },
  failed: ({ filters }, failure) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ ...failure, matchingAcls: [] })),
  }),
};

const NO_FAILURE: Failure = { errorCode: KAFKA_ERRORS.NONE, errorMessage: null };

function readFilter(codes: Parameters<typeof aclFilter>[0]): { filter?: AclFilter | undefined; failure?: Failure } {
  try {
    return { filter: aclFilter(codes) };
  } catch (thrown) {
    return { failure: refusalOf(thrown) };
  }
}

function matching(binding: AclBinding) {
  return { ...NO_FAILURE, ...aclCodes(binding) };
}
