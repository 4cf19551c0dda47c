import type { AskedOperation, Resource } from '../../auth/index.ts';
import { RouteError } from '../../route/index.ts';
import { KafkaError } from '../errors.ts';
import type { HandlerContext } from '../handler.ts';

export function groupNamed(name: string): Resource {
  return { type: 'GROUP', name };
}

/** @throws KafkaError GROUP_AUTHORIZATION_FAILED unless the session's principal may do this to the group */
export async function requireGroup({ allow }: HandlerContext, operation: AskedOperation, group: string): Promise<void> {
  if (await allow(operation, groupNamed(group))) return;
  throw new KafkaError('GROUP_AUTHORIZATION_FAILED', `Not authorized to ${operation} group '${group}'.`);
}

/**
 * Keeps groups that hold the positions of routes from everyone but their routes: such a group has no members, so that
 * nothing else would stop a client from moving them.
 * @throws KafkaError GROUP_AUTHORIZATION_FAILED
 */
export async function requireNoRoute({ parts }: HandlerContext, group: string): Promise<void> {
  try {
    await parts.routes?.requireNoRoutes(group);
  } catch (error) {
    if (!(error instanceof RouteError) || error.code !== 'route_conflict') throw error;
    throw new KafkaError('GROUP_AUTHORIZATION_FAILED', error.message, { cause: error });
  }
}
