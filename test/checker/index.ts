/**
 * The history checker, of Jepsen's kind: what clients of a log did and saw, and what of it cannot be.
 * It knows nothing of Millrace (no imports from lib): the simulator and the crash tests record, it judges.
 */
export * from './history.ts';
export { Recorder, type Running } from './recorder.ts';
