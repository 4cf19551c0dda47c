import { LogError } from '../../log/index.ts';
import { patchLeaderEpoch } from '../../record/index.ts';
import type { TopicInfo } from '../../topic/index.ts';
import type { ProduceResponse, ProduceResponsePartitionProduceResponse, Requests } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { requireTransactionalId } from '../transactions/index.ts';
import { LEADER_EPOCH } from './leader-epoch.ts';
import { requireOneBatch } from './produced-batch.ts';
import { include, type NotIncluded, type ProducedBatch, produceError } from './produced-transaction.ts';

/*
 * Produce, versions 3 to 12 (0 to 2 are advertised for librdkafka's sake, and not there).
 * - Stores one record batch per partition, as bytes: checked, not decompressed. Durable before the answer, whether acks
 *   is 1 or -1 (all).
 * - acks 0 has no answer; where something fails, the connection ends, as in Kafka, so that the client looks again.
 * - Requests of a connection are stored in its order, and wait for their flush together. Where the store fails before
 *   it is known what a request asks for, its error is the connection's last answer: what is behind it must not be stored first.
 * - Batches of a transaction are stored while it is open in their partition, and not a moment longer; their producer's id
 *   has to be that of the transactional id (KIP-890).
 * - v7 may bring zstd. v8 says what was wrong. v10 would name a new leader: there is none. v11 knows TRANSACTION_ABORTABLE, and v12
 *   adds partitions to their transactions by itself (KIP-890).
 */
export const produce: Handler<'Produce'> = {
  api: 'Produce',
  handle: async (request, context) => {
    const { acks } = request;
    if (acks !== 0 && acks !== 1 && acks !== -1) {
      throw new KafkaError('INVALID_REQUIRED_ACKS', `acks is ${acks}; 0, 1 and -1 (all) are right.`);
    }
    // All is looked up before anything is stored: from the first append to `admitted` nothing waits, so that the next
    // request of the connection cannot come in between.
    const known = await lookUp(request, context);
    const topics = new Map(request.topicData.map(({ name }, i) => [name, known[i]!]));
    const notIncluded = await include(request, context, ({ topic, partition }) => {
      const info = topics.get(topic)!;
      return !(info instanceof KafkaError) && partition >= 0 && partition < info.partitions;
    });
    const { transactionalId } = request;
    const { version } = context;
    const appends = request.topicData.map(({ partitionData }, i) =>
      partitionData.map(({ index, records }) => {
        const batch = { records, transactionalId, version, notIncluded: notIncluded(records) };
        return append(known[i]!, index, batch, context);
      }),
    );
    context.admitted();
    const responses = await Promise.all(
      appends.map(async (partitions, i) => ({
        name: request.topicData[i]!.name,
        partitionResponses: await Promise.all(partitions),
      })),
    );
    return acks === 0 ? unanswered({ responses }, context) : { responses };
  },
  failed: (request, { errorCode, errorMessage }, context) => {
    const response = {
      responses: request.topicData.map(({ name, partitionData }) => ({
        name,
        partitionResponses: partitionData.map(({ index }) => ({
          index,
          errorCode,
          baseOffset: -1,
          errorMessage,
        })),
      })),
    };
    return request.acks === 0 ? unanswered(response, context) : response;
  },
};

/** The topics that are asked for, as far as they may be written to. */
async function lookUp(
  { transactionalId, topicData }: Requests['Produce'],
  context: HandlerContext,
): Promise<(TopicInfo | KafkaError)[]> {
  try {
    if (transactionalId !== null) await requireTransactionalId(context, 'WRITE', transactionalId);
    return await Promise.all(topicData.map(({ name }) => lookUpTopic(name, context)));
  } catch (error) {
    if (!(error instanceof KafkaError)) context.session.hangUp();
    throw error;
  }
}

async function lookUpTopic(name: string, context: HandlerContext): Promise<TopicInfo | KafkaError> {
  if (!(await context.allow('WRITE', topicNamed(name)))) {
    return new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to write to topic '${name}'.`);
  }
  const topic = await context.parts.topics.layout(name);
  return topic ?? new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Topic '${name}' does not exist.`);
}

/** What comes before the first `await` happens at once: the batch has its place in the log's order then. */
async function append(
  topic: TopicInfo | KafkaError,
  index: number,
  produced: ProducedBatch & { readonly notIncluded: NotIncluded | undefined },
  { parts }: HandlerContext,
): Promise<ProduceResponsePartitionProduceResponse> {
  const { records, transactionalId, version, notIncluded } = produced;
  try {
    if (topic instanceof KafkaError) throw topic;
    const batch = requireOneBatch(records, version, transactionalId);
    if (notIncluded?.batches === 'held') parts.events.holdBatches(topic, index, batch);
    if (notIncluded && notIncluded.batches !== 'tried') throw notIncluded.error;
    patchLeaderEpoch(batch, 0, LEADER_EPOCH);
    const { baseOffset, logStartOffset, timestampMs } = await parts.events.appendBatches(topic, index, batch);
    return { index, errorCode: KAFKA_ERRORS.NONE, baseOffset, logAppendTimeMs: timestampMs ?? -1, logStartOffset };
  } catch (refused) {
    // It was tried all the same: the batches behind it must not pass it.
    const isNotOpen = refused instanceof LogError && refused.code === 'transaction_not_open';
    const thrown = isNotOpen ? (notIncluded?.error ?? refused) : refused;
    const to = topic instanceof KafkaError ? undefined : { topicId: topic.topicId, partition: index };
    const errorCode = await produceError(thrown, to, produced, parts);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(thrown, 'answering Produce');
    return { index, errorCode, baseOffset: -1, errorMessage: kafkaMessageOf(thrown) };
  }
}

/** Nobody waits for an answer, so an error can be told in one way alone. */
function unanswered({ responses }: ProduceResponse, { session }: HandlerContext): undefined {
  const failed = responses.some(({ partitionResponses }) =>
    partitionResponses.some(({ errorCode }) => errorCode !== KAFKA_ERRORS.NONE),
  );
  if (failed) session.hangUp();
}
