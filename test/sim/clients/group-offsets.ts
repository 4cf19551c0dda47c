import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { partitionName } from '../../checker/index.ts';
import { ConnectionLost, type KafkaConnection } from '../kafka-connection.ts';
import type { MemberStory } from './group-member.ts';
import { errorName } from './outcomes.ts';
import type { Position } from './reader.ts';

/** The group says that the member is none any more, or one of another generation: it drops what it has, and joins anew. */
export class MemberLost extends Error {
  readonly errorCode: number;

  constructor(errorCode: number) {
    super(errorName(errorCode));
    this.errorCode = errorCode;
  }
}

/** Nothing happened: the same may be asked again, of whoever coordinates by then. */
export class TryAgain extends Error {}

const LOST: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.UNKNOWN_MEMBER_ID,
  KAFKA_ERRORS.ILLEGAL_GENERATION,
  KAFKA_ERRORS.FENCED_INSTANCE_ID,
  KAFKA_ERRORS.FENCED_MEMBER_EPOCH,
  KAFKA_ERRORS.STALE_MEMBER_EPOCH,
  KAFKA_ERRORS.GROUP_ID_NOT_FOUND,
]);

export function isLost(errorCode: number): boolean {
  return LOST.has(errorCode);
}

interface Membership {
  readonly group: string;
  readonly memberId: string;
  readonly epoch: number;
  readonly instanceId: string | null;
}

/** Where the group goes on reading: what it has committed, else the beginning. @throws ConnectionLost, MemberLost, TryAgain */
export async function committedPositions(
  connection: KafkaConnection,
  story: MemberStory,
  { group, memberId, epoch }: Membership,
  wanted: readonly { topic: string; partition: number }[],
): Promise<Position[]> {
  if (wanted.length === 0) return [];
  const looking = story.looks(wanted.map(({ topic, partition }) => partitionName(topic, partition)));
  const topics = [...Map.groupBy(wanted, ({ topic }) => topic)].map(([name, all]) => {
    return { name, partitionIndexes: all.map(({ partition }) => partition) };
  });
  const answer = await connection.call('OffsetFetch', {
    groups: [{ groupId: group, memberId, memberEpoch: epoch, topics }],
    requireStable: true,
  });
  const found = answer.groups[0]!;
  const codes = [
    found.errorCode,
    ...found.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
  ];
  const wrong = codes.find((code) => code !== KAFKA_ERRORS.NONE);
  if (wrong !== undefined) {
    looking.fail(errorName(wrong));
    if (isLost(wrong)) throw new MemberLost(wrong);
    throw new TryAgain();
  }
  const known = found.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, committedOffset: offset }) => ({ topic, partition, offset })),
  );
  const there = known.filter(({ offset }) => offset >= 0);
  looking.ok({
    offsets: Object.fromEntries(there.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset])),
  });
  return known.map((position) => ({ ...position, offset: Math.max(0, position.offset) }));
}

/** Commits where a member has come. @throws ConnectionLost, MemberLost, TryAgain */
export async function commitPositions(
  connection: KafkaConnection,
  story: MemberStory,
  { group, memberId, epoch, instanceId }: Membership,
  positions: readonly Position[],
): Promise<void> {
  if (positions.length === 0) return;
  const committing = story.commits(positions);
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([name, all]) => ({
    name,
    partitions: all.map(({ partition, offset }) => ({ partitionIndex: partition, committedOffset: offset })),
  }));
  try {
    const answer = await connection.call('OffsetCommit', {
      groupId: group,
      memberId,
      generationIdOrMemberEpoch: epoch,
      groupInstanceId: instanceId,
      topics,
    });
    const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
    const wrong = codes.find((code) => code !== KAFKA_ERRORS.NONE);
    if (wrong === undefined) return committing.ok();
    if (isLost(wrong) || wrong === KAFKA_ERRORS.REBALANCE_IN_PROGRESS) committing.fail(errorName(wrong));
    // NOT_COORDINATOR stands for a store that gave no answer, too.
    else committing.info(errorName(wrong));
    if (isLost(wrong)) throw new MemberLost(wrong);
    if (wrong !== KAFKA_ERRORS.REBALANCE_IN_PROGRESS) throw new TryAgain();
  } catch (error) {
    if (error instanceof ConnectionLost) committing.info('no answer');
    throw error;
  }
}
