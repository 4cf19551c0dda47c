import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';
import { requireTransactionalId, transactionError } from '../transactions/index.ts';

/** The version from which on clients know PRODUCER_FENCED. */
const KNOWS_FENCED = 2;

/*
 * EndTxn, versions 0 to 4: commits or aborts a producer's transaction. Once it is answered, all of it can be read, and what
 * its groups have committed; or none of it ever.
 * - It may be sent again, to any gateway: the answer is the same.
 * - What comes late, after its client has gone to ask elsewhere, has no effect: the producer may be at its next transaction.
 * - v5 would give the producer a new epoch for each transaction (KIP-890).
 */
export const endTxn: Handler<'EndTxn'> = {
  api: 'EndTxn',
  handle: async ({ transactionalId: id, producerId, producerEpoch: epoch, committed }, context) => {
    await requireTransactionalId(context, 'WRITE', id);
    await context.parts.transactions.end(
      { id, producerId, epoch, gone: context.session.gone },
      committed ? 'commit' : 'abort',
    );
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE };
  },
  failed: (_, { errorCode }, { version }) => {
    return { throttleTimeMs: 0, errorCode: transactionError(errorCode, version, KNOWS_FENCED) };
  },
};
