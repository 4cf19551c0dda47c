import type { GroupDescription, MemberDescription } from '../../group/index.ts';
import {
  type DescribeGroupsResponseDescribedGroup,
  type DescribeGroupsResponseDescribedGroupMember,
  NO_BYTES,
} from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import { coordinatorError, groupNamed, groupStateName, requireGroup } from '../groups/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { authorizedOperations, NOT_ASKED } from '../rights.ts';

/*
 * DescribeGroups, versions 0 to 6: classic groups and their members, with metadata and assignments while they are stable.
 * Groups of the consumer protocol (KIP-848 and HTTP) are described by ConsumerGroupDescribe.
 * - v3 tells the operations that are allowed on each (KIP-430); v4 instance ids (KIP-345).
 * - v6 answers GROUP_ID_NOT_FOUND for groups that are not there, or of the other kind; before, they are "Dead" (KIP-1043).
 */
export const describeGroups: Handler<'DescribeGroups'> = {
  api: 'DescribeGroups',
  handle: async (request, context) => {
    const asked = request.includeAuthorizedOperations;
    return { groups: await Promise.all(request.groups.map((group) => describe(group, asked, context))) };
  },
  failed: (request, { errorCode, errorMessage }, { version }) => ({
    groups: request.groups.map((group) => failed(group, coordinatorError(errorCode), errorMessage, version)),
  }),
};

async function describe(
  group: string,
  asked: boolean,
  context: HandlerContext,
): Promise<DescribeGroupsResponseDescribedGroup> {
  const { parts, version } = context;
  try {
    await requireGroup(context, 'DESCRIBE', group);
    const operations = await authorizedOperations(context, asked, groupNamed(group));
    return {
      ...shown(requireClassic(await parts.groups.describe(group))),
      ...(version >= 3 && { authorizedOperations: operations }),
    };
  } catch (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) parts.onError(error, 'describing a group');
    return failed(group, coordinatorError(errorCode), kafkaMessageOf(error), version);
  }
}

/** @throws KafkaError GROUP_ID_NOT_FOUND */
function requireClassic(description: GroupDescription): GroupDescription {
  if (description.kind === 'classic') return description;
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${description.group} is not a classic group.`);
}

function shown({
  group,
  state,
  protocolType,
  assignor,
  members,
}: GroupDescription): DescribeGroupsResponseDescribedGroup {
  const stable = state === 'stable';
  return {
    errorCode: KAFKA_ERRORS.NONE,
    groupId: group,
    groupState: groupStateName(state),
    protocolType,
    protocolData: stable ? assignor : '',
    members: members.map((member) => shownMember(member, stable)),
  };
}

function shownMember(member: MemberDescription, stable: boolean): DescribeGroupsResponseDescribedGroupMember {
  const { memberId, instanceId, clientId, clientHost, classic } = member;
  return {
    memberId,
    groupInstanceId: instanceId ?? null,
    clientId: clientId ?? '',
    clientHost: clientHost ?? '',
    memberMetadata: (stable ? classic?.metadata : undefined) ?? NO_BYTES,
    memberAssignment: (stable ? classic?.assignment : undefined) ?? NO_BYTES,
  };
}

function failed(
  groupId: string,
  errorCode: number,
  errorMessage: string | null,
  version: number,
): DescribeGroupsResponseDescribedGroup {
  const nothing = { groupId, groupState: '', protocolType: '', protocolData: '', members: [] };
  const answer = version >= 3 ? { ...nothing, authorizedOperations: NOT_ASKED } : nothing;
  if (version >= 6) return { ...answer, groupState: 'Dead', errorCode, errorMessage };
  if (errorCode === KAFKA_ERRORS.GROUP_ID_NOT_FOUND)
    return { ...answer, groupState: 'Dead', errorCode: KAFKA_ERRORS.NONE };
  return { ...answer, errorCode };
}
