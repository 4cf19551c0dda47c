import type { AskedOperation, Resource } from '../../auth/index.ts';
import type { Broker } from '../cluster/index.ts';
import type { FindCoordinatorResponseCoordinator } from '../codec/index.ts';
import { KAFKA_ERRORS, type KafkaErrorName } from '../error-codes.ts';
import type { Handler, HandlerContext } from '../handler.ts';

const GROUP = 0;
const TRANSACTION = 1;

/*
 * FindCoordinator, versions 0 to 6: the broker to ask about a group (key type 0) or a transactional id (1).
 * - v1 has key types, v4 asks about several keys at once.
 * - v6 could ask about share groups (key type 2): there are none.
 */
export const findCoordinator: Handler<'FindCoordinator'> = {
  api: 'FindCoordinator',
  handle: async (request, context) => {
    const { parts, session, version } = context;
    const view = await parts.cluster.view(session);
    const keys = version >= 4 ? request.coordinatorKeys : [request.key];
    const coordinators = await Promise.all(
      keys.map(async (key) => {
        const refused = await refusalOf(request.keyType, key, context);
        return refused ? failed(key, refused) : found(key, view.coordinatorOf(key));
      }),
    );
    return version >= 4 ? { coordinators } : single(coordinators[0]!);
  },
  failed: (request, { errorCode, errorMessage }, { version }) => {
    const answer = { nodeId: -1, host: '', port: -1, errorCode, errorMessage };
    if (version < 4) return answer;
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...answer })) };
  },
};

async function refusalOf(
  keyType: number,
  key: string,
  { allow }: HandlerContext,
): Promise<readonly [KafkaErrorName, string] | undefined> {
  if (keyType !== GROUP && keyType !== TRANSACTION) {
    return ['INVALID_REQUEST', `Key type ${keyType} has no coordinator here; 0 (groups) and 1 (transactions) have.`];
  }
  const operation: AskedOperation = 'DESCRIBE';
  const resource: Resource = { type: keyType === GROUP ? 'GROUP' : 'TRANSACTIONAL_ID', name: key };
  if (await allow(operation, resource)) return undefined;
  return keyType === GROUP
    ? ['GROUP_AUTHORIZATION_FAILED', `Not authorized to describe group '${key}'.`]
    : ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', `Not authorized to describe transactional id '${key}'.`];
}

function found(key: string, { id, host, port }: Broker): FindCoordinatorResponseCoordinator {
  return { key, nodeId: id, host, port, errorCode: KAFKA_ERRORS.NONE, errorMessage: null };
}

function failed(
  key: string,
  [name, errorMessage]: readonly [KafkaErrorName, string],
): FindCoordinatorResponseCoordinator {
  return { key, nodeId: -1, host: '', port: -1, errorCode: KAFKA_ERRORS[name], errorMessage };
}

function single({ key: _, ...answer }: FindCoordinatorResponseCoordinator) {
  return answer;
}
