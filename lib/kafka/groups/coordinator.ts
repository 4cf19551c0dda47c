import { KafkaError } from '../errors.ts';
import type { HandlerContext } from '../handler.ts';

/**
 * Has the members of a group gather at one gateway: from several, they would write its one item against each other.
 *
 * @throws KafkaError NOT_COORDINATOR where another gateway is the coordinator, and sure to take them (decision 0010)
 */
export async function requireCoordinator({ parts, session }: HandlerContext, group: string): Promise<void> {
  const view = await parts.cluster.view(session);
  const { id } = view.coordinatorOf(group);
  if (!view.mayRefuseFor(id)) return;
  throw new KafkaError('NOT_COORDINATOR', `Broker ${id} is the coordinator of group '${group}'.`);
}
