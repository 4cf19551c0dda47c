/**
 * The history checker, of Jepsen's kind: what clients of a log did and saw, and what of it cannot be.
 * It knows nothing of Millrace (no imports from lib): the simulator and the crash tests record, it judges.
 */
export { check } from './check.ts';
export { ANOMALIES, type Anomaly, type Finding, formatFindings, formatOperation } from './finding.ts';
export * from './history.ts';
export { type CheckOptions, topicOf } from './options.ts';
export { Recorder, type Running } from './recorder.ts';
