import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';
import { requireTransactionalId, transactionError } from '../transactions/index.ts';

/** The version from which on clients know PRODUCER_FENCED. */
const KNOWS_FENCED = 2;
/** The version from which on each transaction has an epoch of its own. */
const RAISING_VERSION = 5;

/*
 * EndTxn, versions 0 to 5: commits or aborts a producer's transaction. Once it is answered, all of it can be read, and what
 * its groups have committed; or none of it ever.
 * - It may be sent again, to any gateway: the answer is the same.
 * - What comes late, after its client has gone to ask elsewhere, has no effect: the producer may be at its next transaction.
 * - v5 answers the epoch, or the producer id, that the producer has from then on: each transaction has its own (KIP-890). So
 *   nothing that comes late of one counts for another, wherever it was. One that never began can be aborted, not committed.
 */
export const endTxn: Handler<'EndTxn'> = {
  api: 'EndTxn',
  handle: async ({ transactionalId: id, producerId, producerEpoch: epoch, committed }, context) => {
    await requireTransactionalId(context, 'WRITE', id);
    const { transactions } = context.parts;
    const actor = { id, producerId, epoch, gone: context.session.gone };
    const outcome = committed ? 'commit' : 'abort';
    if (context.version < RAISING_VERSION) {
      await transactions.end(actor, outcome);
      return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE };
    }
    const next = await transactions.endAndRaise(actor, outcome);
    return {
      throttleTimeMs: 0,
      errorCode: KAFKA_ERRORS.NONE,
      producerId: next.producerId,
      producerEpoch: next.epoch,
    };
  },
  failed: (_, { errorCode }, { version }) => {
    return { throttleTimeMs: 0, errorCode: transactionError(errorCode, version, KNOWS_FENCED) };
  },
};
