import type { ElectLeadersRequestTopicPartitions, ElectLeadersResponseReplicaElectionResult } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Failure, Handler, HandlerContext } from '../handler.ts';
import { requireCluster } from '../rights.ts';

/** Source: org.apache.kafka.common.ElectionType. */
const ELECTION_TYPES: readonly number[] = [0, 1];

/*
 * ElectLeaders, versions 0 to 2: every partition has its leader, the one it should have, so no election is ever needed:
 * ELECTION_NOT_NEEDED for those that are named, nothing where all are asked for. Needs ALTER on the cluster.
 * - v1 may ask for an unclean election, and has an error of its own.
 */
export const electLeaders: Handler<'ElectLeaders'> = {
  api: 'ElectLeaders',
  handle: async ({ electionType, topicPartitions }, context) => {
    await requireCluster(context, 'ALTER');
    if (!ELECTION_TYPES.includes(electionType)) {
      throw new KafkaError(
        'INVALID_REQUEST',
        `Election type ${electionType} is not known; 0 (preferred) and 1 (unclean) are.`,
      );
    }
    const results = await Promise.all((topicPartitions ?? []).map((asked) => elect(asked, context)));
    return { throttleTimeMs: 0, ...errorOf(context, KAFKA_ERRORS.NONE), replicaElectionResults: results };
  },
  failed: ({ topicPartitions }, failure, context) => ({
    throttleTimeMs: 0,
    ...errorOf(context, failure.errorCode),
    replicaElectionResults: (topicPartitions ?? []).map((asked) => resultsOf(asked, () => failure)),
  }),
};

/** Version 0 has no error of its own. */
function errorOf({ version }: HandlerContext, errorCode: number): { errorCode?: number } {
  return version >= 1 ? { errorCode } : {};
}

async function elect(
  asked: ElectLeadersRequestTopicPartitions,
  { parts }: HandlerContext,
): Promise<ElectLeadersResponseReplicaElectionResult> {
  const { topic } = asked;
  const there = (await parts.topics.layout(topic))?.partitions ?? 0;
  return resultsOf(asked, (partition) =>
    partition >= 0 && partition < there
      ? {
          errorCode: KAFKA_ERRORS.ELECTION_NOT_NEEDED,
          errorMessage: 'The partition has the leader that it should have.',
        }
      : {
          errorCode: KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
          errorMessage: `There is no partition ${partition} of topic '${topic}'.`,
        },
  );
}

function resultsOf(
  { topic, partitions }: ElectLeadersRequestTopicPartitions,
  of: (partition: number) => Failure,
): ElectLeadersResponseReplicaElectionResult {
  return { topic, partitionResult: partitions.map((partitionId) => ({ partitionId, ...of(partitionId) })) };
}
