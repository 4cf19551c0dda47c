import { CLUSTER } from '../../auth/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';
import { authorizedOperations } from '../rights.ts';

const BROKERS = 1;
const CONTROLLERS = 2;

/*
 * DescribeCluster, versions 0 to 2: the cluster's id, its brokers, and what the session may do to it.
 * - v1 may ask for the controllers in place of the brokers: none can be reached by clients.
 * - v2 asks for fenced brokers, too: there are none.
 */
export const describeCluster: Handler<'DescribeCluster'> = {
  api: 'DescribeCluster',
  handle: async ({ endpointType, includeClusterAuthorizedOperations }, context) => {
    const { clusterId, cluster } = context.parts;
    if (context.version >= 1 && endpointType !== BROKERS) {
      const errorCode =
        endpointType === CONTROLLERS ? KAFKA_ERRORS.MISMATCHED_ENDPOINT_TYPE : KAFKA_ERRORS.UNSUPPORTED_ENDPOINT_TYPE;
      const errorMessage = `This is a broker; endpoint type ${endpointType} is not.`;
      return { throttleTimeMs: 0, errorCode, errorMessage, clusterId: '', brokers: [] };
    }
    const { brokers, controllerId } = await cluster.view(context.session);
    return {
      throttleTimeMs: 0,
      errorCode: KAFKA_ERRORS.NONE,
      clusterId,
      controllerId,
      brokers: brokers.map(({ id, host, port, rack }) => ({ brokerId: id, host, port, rack })),
      clusterAuthorizedOperations: await authorizedOperations(context, includeClusterAuthorizedOperations, CLUSTER),
    };
  },
  failed: (_request, failure) => ({ throttleTimeMs: 0, ...failure, clusterId: '', brokers: [] }),
};
