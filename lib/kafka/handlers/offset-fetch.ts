import type { CommittedPosition, StablePositions } from '../../group/index.ts';
import { TopicError } from '../../topic/index.ts';
import type { OffsetFetchRequest, OffsetFetchResponseTopics } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import { coordinatorError, requireGroup } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/** What stands for "nothing is committed". */
const NO_OFFSET = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' };
/** With more topics than that, one reading of all that the group has committed costs less. */
const TOPICS_ONE_BY_ONE = 4;

/*
 * OffsetFetch, versions 1 to 9: what groups have committed. It answers -1 where that is nothing, also for topics and
 * groups that do not exist.
 * - v2 asks for all topics with null; those that may not be described are left out.
 * - v7 can ask for offsets that no transaction may still change (KIP-447): others are UNSTABLE_OFFSET_COMMIT.
 * - v8 asks about several groups at once, and v9 as a member of the consumer protocol, whose epoch is checked (KIP-848).
 */
export const offsetFetch: Handler<'OffsetFetch'> = {
  api: 'OffsetFetch',
  handle: async (request, context) => {
    if (context.version < 8) {
      await requireGroup(context, 'DESCRIBE', request.groupId);
      return { errorCode: KAFKA_ERRORS.NONE, topics: await topicsOf(request.groupId, request, context) };
    }
    const { requireStable } = request;
    return { groups: await Promise.all(request.groups.map((group) => groupOf({ ...group, requireStable }, context))) };
  },
  failed: (request, failure, { version }) => {
    const errorCode = coordinatorError(failure.errorCode);
    if (version >= 8) return { groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })) };
    if (version >= 2) return { topics: [], errorCode };
    return {
      topics: (request.topics ?? []).map(({ name, partitionIndexes }) =>
        failedTopic(name, partitionIndexes, errorCode),
      ),
    };
  },
};

async function groupOf(
  group: OffsetFetchRequest['groups'][number] & { readonly requireStable: boolean },
  context: HandlerContext,
) {
  const { groupId, memberId, memberEpoch } = group;
  try {
    await requireGroup(context, 'DESCRIBE', groupId);
    if (memberId !== null && memberEpoch >= 0) await context.parts.groups.checkMember(groupId, memberId, memberEpoch);
    return { groupId, topics: await topicsOf(groupId, group, context), errorCode: KAFKA_ERRORS.NONE };
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) context.parts.onError(error, 'reading committed offsets');
    const stale = errorCode === KAFKA_ERRORS.FENCED_MEMBER_EPOCH;
    return { groupId, topics: [], errorCode: stale ? KAFKA_ERRORS.STALE_MEMBER_EPOCH : coordinatorError(errorCode) };
  }
}

interface Asked {
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
  readonly requireStable: boolean;
}

async function topicsOf(
  group: string,
  { topics: asked, requireStable }: Asked,
  context: HandlerContext,
): Promise<OffsetFetchResponseTopics[]> {
  const { groups } = context.parts;
  if (asked !== null && asked.length <= TOPICS_ONE_BY_ONE) {
    return Promise.all(
      asked.map((one) => topicOf(one, context, () => committedOf(group, one.name, requireStable, context))),
    );
  }
  const byTopic = Map.groupBy(shownAll(await groups.committedStably(group), requireStable), ({ topic }) => topic);
  if (asked) {
    return Promise.all(asked.map((one) => topicOf(one, context, async () => byTopic.get(one.name) ?? [])));
  }
  const all: OffsetFetchResponseTopics[] = [];
  for (const [name, positions] of byTopic) {
    if (await context.allow('DESCRIBE', topicNamed(name)))
      all.push({ name, partitions: positions.map(({ shown }) => shown) });
  }
  return all;
}

/** What is told of one partition. */
interface Shown {
  readonly topic: string;
  readonly shown: OffsetFetchResponseTopics['partitions'][number];
}

async function committedOf(
  group: string,
  topic: string,
  requireStable: boolean,
  { parts }: HandlerContext,
): Promise<readonly Shown[]> {
  try {
    return shownAll(await parts.groups.committedStably(group, topic), requireStable);
  } catch (error) {
    if (error instanceof TopicError && error.code === 'topic_unknown') return [];
    throw error;
  }
}

async function topicOf(
  { name, partitionIndexes }: { readonly name: string; readonly partitionIndexes: readonly number[] },
  { allow }: HandlerContext,
  committed: () => Promise<readonly Shown[]>,
): Promise<OffsetFetchResponseTopics> {
  if (!(await allow('DESCRIBE', topicNamed(name)))) {
    return failedTopic(name, partitionIndexes, KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED);
  }
  const known = new Map((await committed()).map(({ shown }) => [shown.partitionIndex, shown]));
  const partitions = partitionIndexes.map((partitionIndex) => {
    return known.get(partitionIndex) ?? { ...NO_OFFSET, partitionIndex, errorCode: KAFKA_ERRORS.NONE };
  });
  return { name, partitions };
}

/** What is committed; where that may still change, and it must not, the error that says so. */
function shownAll({ positions, unstable }: StablePositions, requireStable: boolean): Shown[] {
  const shown = new Map<string, Shown>(
    positions.map((one) => [`${one.topic}/${one.partition}`, { topic: one.topic, shown: shownOf(one) }]),
  );
  if (!requireStable) return [...shown.values()];
  for (const { topic, partition: partitionIndex } of unstable) {
    const refused = { ...NO_OFFSET, partitionIndex, errorCode: KAFKA_ERRORS.UNSTABLE_OFFSET_COMMIT };
    shown.set(`${topic}/${partitionIndex}`, { topic, shown: refused });
  }
  return [...shown.values()];
}

function shownOf({ partition, offset, leaderEpoch, metadata }: CommittedPosition) {
  return {
    partitionIndex: partition,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch ?? -1,
    metadata: metadata ?? '',
    errorCode: KAFKA_ERRORS.NONE,
  };
}

function failedTopic(name: string, partitionIndexes: readonly number[], errorCode: number): OffsetFetchResponseTopics {
  return { name, partitions: partitionIndexes.map((partitionIndex) => ({ ...NO_OFFSET, partitionIndex, errorCode })) };
}
