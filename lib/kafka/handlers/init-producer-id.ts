import { CLUSTER_NAME } from '../../auth/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';

/*
 * InitProducerId, versions 0 to 4: an id by which a producer's batches land once.
 * - Every answer is a new id, with epoch 0. An idempotent producer that has lost count raises its epoch by itself (KIP-360)
 *   and comes here only when its epochs are used up, or it knows no better.
 * - v3 may bring the id and epoch from before: they matter to transactions alone.
 * - A transactional id is refused: there are no transactions yet.
 * - Asks for WRITE on any topic, or IDEMPOTENT_WRITE on the cluster (KIP-679).
 */
export const initProducerId: Handler<'InitProducerId'> = {
  api: 'InitProducerId',
  handle: async ({ transactionalId }, context) => {
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'A transactional id cannot be empty.');
    if (transactionalId !== null) {
      throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'There are no transactions here.');
    }
    if (!(await mayWrite(context))) {
      throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', 'Not authorized to write to any topic.');
    }
    const producerId = await context.parts.producerIds.next();
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, producerId, producerEpoch: 0 };
  },
  failed: (_, { errorCode }) => ({ throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 }),
};

async function mayWrite({ allow, parts, session }: HandlerContext): Promise<boolean> {
  if (await allow('IDEMPOTENT_WRITE', { type: 'CLUSTER', name: CLUSTER_NAME })) return true;
  return parts.security.allowOnAny(session.asker, 'WRITE', 'TOPIC');
}
