import { type AclBinding, checkBinding } from '../../auth/index.ts';
import { KAFKA_ERRORS, refusalOf } from '../error-codes.ts';
import type { Failure, Handler } from '../handler.ts';
import { requireCluster } from '../rights.ts';
import { aclBinding } from '../security/index.ts';

/*
 * CreateAcls, versions 1 to 3: makes access rules; those that are there already stay. Needs ALTER on the cluster.
 * - One that cannot be is refused for itself; the others are made.
 * - v2 is flexible; v3 has resources of type USER, for delegation tokens: refused, there are none.
 */
export const createAcls: Handler<'CreateAcls'> = {
  api: 'CreateAcls',
  handle: async ({ creations }, context) => {
    await requireCluster(context, 'ALTER');
    const read = creations.map(({ resourcePatternType, ...creation }) =>
      readBinding({ ...creation, patternType: resourcePatternType }),
    );
    await context.parts.acls.create(read.flatMap(({ binding }) => binding ?? []));
    return { throttleTimeMs: 0, results: read.map(({ failure }) => failure) };
  },
  failed: ({ creations }, failure) => ({ throttleTimeMs: 0, results: creations.map(() => failure) }),
};

const MADE: Failure = { errorCode: KAFKA_ERRORS.NONE, errorMessage: null };

function readBinding(codes: Parameters<typeof aclBinding>[0]): { binding?: AclBinding; failure: Failure } {
  try {
    const binding = aclBinding(codes);
    checkBinding(binding);
    return { binding, failure: MADE };
  } catch (thrown) {
    return { failure: refusalOf(thrown) };
  }
}
