import { type AskedOperation, CLUSTER, OPERATIONS_OF, type Resource } from '../auth/index.ts';
import { KafkaError } from './errors.ts';
import type { HandlerContext } from './handler.ts';

/** Where the operations stand in Kafka's sets of operations. Source: org.apache.kafka.common.acl.AclOperation. */
const BITS: Readonly<Record<AskedOperation, number>> = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
};

/** What stands for "not asked for" where a set of operations is due. */
export const NOT_ASKED = -2147483648;

/** The set of what the session's principal may do to `resource` (KIP-430), or NOT_ASKED. */
export async function authorizedOperations(
  context: HandlerContext,
  asked: boolean,
  resource: Resource,
): Promise<number> {
  if (!asked) return NOT_ASKED;
  let set = 0;
  for (const operation of OPERATIONS_OF[resource.type]) {
    if (operation !== 'ALL' && (await context.allow(operation, resource))) set |= 1 << BITS[operation];
  }
  return set;
}

export function topicNamed(name: string): Resource {
  return { type: 'TOPIC', name };
}

/** @throws KafkaError CLUSTER_AUTHORIZATION_FAILED */
export async function requireCluster({ allow, session }: HandlerContext, operation: AskedOperation): Promise<void> {
  if (await allow(operation, CLUSTER)) return;
  throw new KafkaError(
    'CLUSTER_AUTHORIZATION_FAILED',
    `${session.principal} is not authorized to ${operation} the cluster.`,
  );
}
