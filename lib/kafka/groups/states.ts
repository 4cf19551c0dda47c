import type { GroupKind, GroupPhase } from '../../group/index.ts';

const STATES: Readonly<Record<GroupPhase, string>> = {
  empty: 'Empty',
  joining: 'PreparingRebalance',
  syncing: 'CompletingRebalance',
  reconciling: 'Reconciling',
  stable: 'Stable',
};

const TYPES: Readonly<Record<GroupKind, string>> = { classic: 'Classic', consumer: 'Consumer' };

/** Source: org.apache.kafka.common.GroupState. */
export function groupStateName(state: GroupPhase): string {
  return STATES[state];
}

/** Source: org.apache.kafka.common.GroupType. */
export function groupTypeName(kind: GroupKind): string {
  return TYPES[kind];
}
