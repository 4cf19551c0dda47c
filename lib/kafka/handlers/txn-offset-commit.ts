import type { OffsetToCommit, PendingCommitter } from '../../group/index.ts';
import type { TxnOffsetCommitRequest } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { requireGroup, requireNoRoute } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { requireTransactionalId, transactionError } from '../transactions/index.ts';
import { commitChecked, commitFailed } from './committed-offsets.ts';

/** Clients of this version know that a transaction can be aborted, and begun anew. */
const ABORTABLE_VERSION = 4;
/** From this version on the group need not be added before. */
const ADDING_VERSION = 5;

/*
 * TxnOffsetCommit, versions 0 to 5: commits a group's offsets with a producer's transaction, once that commits.
 * - Partitions that do not exist, or may not be read, are refused each alone.
 * - v3 brings the member that commits (KIP-447): it must be in its generation, to the moment of the write. Before, anyone
 *   who has the group in its transaction commits, as in Kafka.
 * - v4 knows TRANSACTION_ABORTABLE: where the group is not in the transaction. v5 adds it by itself (KIP-890).
 */
export const txnOffsetCommit: Handler<'TxnOffsetCommit'> = {
  api: 'TxnOffsetCommit',
  handle: async (request, context) => {
    await requireTransactionalId(context, 'WRITE', request.transactionalId);
    await requireGroup(context, 'READ', request.groupId);
    await requireNoRoute(context, request.groupId);
    const commitAll = (offsets: readonly OffsetToCommit[]) => commit(request, offsets, context);
    return { throttleTimeMs: 0, ...(await commitChecked(request.topics, context, commitAll)) };
  },
  failed: (request, { errorCode }, { version }) => {
    return { throttleTimeMs: 0, ...commitFailed(request.topics, errorFor(errorCode, version)) };
  },
};

async function commit(
  request: TxnOffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  { parts, session, version }: HandlerContext,
): Promise<number> {
  const { transactionalId: id, producerId, producerEpoch: epoch, groupId } = request;
  try {
    await parts.transactions.commitOffsets(
      { id, producerId, epoch, gone: session.gone },
      groupId,
      offsets,
      committerOf(request),
      { adds: version >= ADDING_VERSION },
    );
    return KAFKA_ERRORS.NONE;
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(error, 'committing offsets of a transaction');
    return errorFor(errorCode, version);
  }
}

function committerOf({ generationId, memberId, groupInstanceId }: TxnOffsetCommitRequest): PendingCommitter {
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return 'unnamed';
  return { memberId, memberEpoch: generationId, instanceId: groupInstanceId ?? undefined };
}

/** The names that clients know here. Source: OffsetMetadataManager.validateTransactionalOffsetCommit. */
function errorFor(errorCode: number, version: number): number {
  const { FENCED_MEMBER_EPOCH, GROUP_ID_NOT_FOUND, ILLEGAL_GENERATION, INVALID_PRODUCER_EPOCH } = KAFKA_ERRORS;
  if (errorCode === FENCED_MEMBER_EPOCH || errorCode === GROUP_ID_NOT_FOUND) return ILLEGAL_GENERATION;
  if (errorCode === KAFKA_ERRORS.PRODUCER_FENCED) return INVALID_PRODUCER_EPOCH;
  if (errorCode === KAFKA_ERRORS.INVALID_TXN_STATE && version >= ABORTABLE_VERSION)
    return KAFKA_ERRORS.TRANSACTION_ABORTABLE;
  return transactionError(errorCode, 0, 0);
}
