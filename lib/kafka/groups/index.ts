/**
 * What the handlers of groups share: whom a group's requests are allowed to, what their errors are called, and Kafka's
 * names for what groups are at.
 */
export { requireCoordinator } from './coordinator.ts';
export { coordinatorError, memberError } from './errors.ts';
export { groupNamed, requireGroup, requireNoRoute } from './rights.ts';
export { groupStateName, groupTypeName } from './states.ts';
