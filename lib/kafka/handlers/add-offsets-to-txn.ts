import { KAFKA_ERRORS } from '../error-codes.ts';
import { requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler } from '../handler.ts';
import { requireTransactionalId, transactionError } from '../transactions/index.ts';

/** The version from which on clients know PRODUCER_FENCED. */
const KNOWS_FENCED = 2;

/*
 * AddOffsetsToTxn, versions 0 to 4: adds a group to a producer's transaction, which may then commit its offsets by
 * TxnOffsetCommit.
 */
export const addOffsetsToTxn: Handler<'AddOffsetsToTxn'> = {
  api: 'AddOffsetsToTxn',
  handle: async ({ transactionalId: id, producerId, producerEpoch: epoch, groupId }, context) => {
    await requireTransactionalId(context, 'WRITE', id);
    await requireGroup(context, 'READ', groupId);
    await requireNoRoute(context, groupId);
    await context.parts.transactions.addOffsets({ id, producerId, epoch, gone: context.session.gone }, groupId);
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE };
  },
  failed: (_, { errorCode }, { version }) => {
    return { throttleTimeMs: 0, errorCode: transactionError(errorCode, version, KNOWS_FENCED) };
  },
};
