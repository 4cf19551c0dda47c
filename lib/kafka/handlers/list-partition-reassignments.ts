import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';
import { requireCluster } from '../rights.ts';

/*
 * ListPartitionReassignments, version 0: none is ever under way, of whichever topics. Needs DESCRIBE on the cluster.
 */
export const listPartitionReassignments: Handler<'ListPartitionReassignments'> = {
  api: 'ListPartitionReassignments',
  handle: async (_request, context) => {
    await requireCluster(context, 'DESCRIBE');
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, errorMessage: null, topics: [] };
  },
  failed: (_request, failure) => ({ throttleTimeMs: 0, ...failure, topics: [] }),
};
