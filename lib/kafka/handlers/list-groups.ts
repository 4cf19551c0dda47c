import { CLUSTER } from '../../auth/index.ts';
import type { GroupListing } from '../../group/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { coordinatorError, groupNamed, groupStateName, groupTypeName } from '../groups/index.ts';
import type { Handler } from '../handler.ts';

/*
 * ListGroups, versions 0 to 5: the groups that this broker coordinates; clients ask all brokers. Who may not describe the
 * cluster sees those that it may describe.
 * - Groups of HTTP consumers are there as groups of the consumer protocol, those of routes as classic ones without members.
 * - v4 tells states and filters by them (KIP-518); v5 does so by types (KIP-848). Letters' case does not matter.
 */
export const listGroups: Handler<'ListGroups'> = {
  api: 'ListGroups',
  handle: async ({ statesFilter, typesFilter }, { parts, session, allow }) => {
    const view = await parts.cluster.view(session);
    const states = filterOf(statesFilter);
    const types = filterOf(typesFilter);
    const all = await allow('DESCRIBE', CLUSTER);
    const groups: GroupListing[] = [];
    for (const listed of await parts.groups.list()) {
      if (view.coordinatorOf(listed.group).id !== view.self.id) continue;
      if (!states(groupStateName(listed.state)) || !types(groupTypeName(listed.kind))) continue;
      if (all || (await allow('DESCRIBE', groupNamed(listed.group)))) groups.push(listed);
    }
    return {
      errorCode: KAFKA_ERRORS.NONE,
      groups: groups.map(({ group, protocolType, state, kind }) => {
        return { groupId: group, protocolType, groupState: groupStateName(state), groupType: groupTypeName(kind) };
      }),
    };
  },
  failed: (_, { errorCode }) => ({ errorCode: coordinatorError(errorCode), groups: [] }),
};

/** An empty filter lets everything through. */
function filterOf(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return (name) => wanted.size === 0 || wanted.has(name.toLowerCase());
}
