import { partitionsOf, TransactionError } from '../../txn/index.ts';
import type { DescribeTransactionsResponseTransactionState } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { coordinatorError } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { requireTransactionalId, transactionStateName } from '../transactions/index.ts';

/*
 * DescribeTransactions, version 0: who has transactional ids, and what their transactions are at. Topics that may not be
 * described are left out.
 */
export const describeTransactions: Handler<'DescribeTransactions'> = {
  api: 'DescribeTransactions',
  handle: async ({ transactionalIds }, context) => ({
    throttleTimeMs: 0,
    transactionStates: await Promise.all(transactionalIds.map((id) => describe(id, context))),
  }),
  failed: ({ transactionalIds }, { errorCode }) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((id) => failed(id, coordinatorError(errorCode))),
  }),
};

async function describe(id: string, context: HandlerContext): Promise<DescribeTransactionsResponseTransactionState> {
  try {
    await requireTransactionalId(context, 'DESCRIBE', id);
    const state = await context.parts.transactions.describe(id);
    const partitions = Map.groupBy(partitionsOf(state), ({ topicId }) => state.topics.get(topicId) ?? topicId);
    const topics: { topic: string; partitions: number[] }[] = [];
    for (const [topic, refs] of partitions) {
      if (!(await context.allow('DESCRIBE', topicNamed(topic)))) continue;
      topics.push({ topic, partitions: refs.map(({ partition }) => partition) });
    }
    return {
      errorCode: KAFKA_ERRORS.NONE,
      transactionalId: id,
      transactionState: transactionStateName(state),
      transactionTimeoutMs: state.timeoutMs,
      transactionStartTimeMs: state.begunMs === 0 ? -1 : state.begunMs,
      producerId: state.producerId,
      producerEpoch: state.epoch,
      topics,
    };
  } catch (error) {
    if (error instanceof TransactionError && error.code === 'transaction_unknown') {
      return failed(id, KAFKA_ERRORS.TRANSACTIONAL_ID_NOT_FOUND);
    }
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) context.parts.onError(error, 'describing a transaction');
    return failed(id, coordinatorError(errorCode));
  }
}

function failed(transactionalId: string, errorCode: number): DescribeTransactionsResponseTransactionState {
  const nothing = { transactionState: '', transactionTimeoutMs: 0, transactionStartTimeMs: -1, topics: [] };
  return { errorCode, transactionalId, ...nothing, producerId: -1, producerEpoch: -1 };
}
