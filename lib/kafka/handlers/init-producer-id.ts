import { CLUSTER_NAME } from '../../auth/index.ts';
import type { Identity } from '../../txn/index.ts';
import type { InitProducerIdRequest } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { requireTransactionalId, transactionError } from '../transactions/index.ts';

/** The version from which on clients know PRODUCER_FENCED. */
const KNOWS_FENCED = 4;

/*
 * InitProducerId, versions 0 to 5: an id by which a producer's batches land once.
 * - Without a transactional id every answer is a new id, with epoch 0. An idempotent producer that has lost count raises its
 *   epoch by itself (KIP-360) and comes here only when its epochs are used up, or it knows no better.
 * - With one, the producer takes it over from whoever had it, by the next epoch; what that one left open is aborted. Where
 *   the epochs are used up there is a new producer id.
 * - v3 may bring the id and epoch from before: then only the latest producer is let go on (KIP-360).
 * - Asks for WRITE on the transactional id; without one, for WRITE on any topic, or IDEMPOTENT_WRITE on the cluster (KIP-679).
 */
export const initProducerId: Handler<'InitProducerId'> = {
  api: 'InitProducerId',
  handle: async (request, context) => {
    const { transactionalId } = request;
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'A transactional id cannot be empty.');
    const given = transactionalId === null ? await anyone(context) : await owner(transactionalId, request, context);
    const { producerId, epoch: producerEpoch } = given;
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, producerId, producerEpoch };
  },
  failed: ({ transactionalId }, { errorCode }, { version }) => ({
    throttleTimeMs: 0,
    errorCode: transactionalId === null ? errorCode : transactionError(errorCode, version, KNOWS_FENCED),
    producerId: -1,
    producerEpoch: -1,
  }),
};

async function anyone(context: HandlerContext): Promise<Identity> {
  if (!(await mayWrite(context))) {
    throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', 'Not authorized to write to any topic.');
  }
  return { producerId: await context.parts.producerIds.next(), epoch: 0 };
}

async function owner(id: string, request: InitProducerIdRequest, context: HandlerContext): Promise<Identity> {
  await requireTransactionalId(context, 'WRITE', id);
  const { transactionTimeoutMs: timeoutMs, producerId, producerEpoch: epoch } = request;
  const expected = producerId >= 0 && epoch >= 0 ? { producerId, epoch } : undefined;
  if (!expected && (producerId >= 0 || epoch >= 0)) {
    throw new KafkaError('INVALID_REQUEST', 'A producer that goes on names both its id and its epoch, or neither.');
  }
  return context.parts.transactions.init(id, { timeoutMs, expected });
}

async function mayWrite({ allow, parts, session }: HandlerContext): Promise<boolean> {
  if (await allow('IDEMPOTENT_WRITE', { type: 'CLUSTER', name: CLUSTER_NAME })) return true;
  return parts.security.allowOnAny(session.asker, 'WRITE', 'TOPIC');
}
