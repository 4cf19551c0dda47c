/**
 * Sources: what other AWS services hand to a Lambda becomes events of a topic. One pure module per kind reads its Lambda
 * event; `land` brings what it found into topics and says what did not get there; `parseSource` checks settings anywhere.
 */
export { readSource, SOURCE_ID_HEADER, type SourceBatch } from './arrivals.ts';
export { SourceError, type SourceErrorCode } from './errors.ts';
export { SOURCE_KINDS } from './kinds.ts';
export { type Arrival, type Landing, type LandOptions, land } from './land.ts';
export { parseSource, type SourceConfig, type SourceSettings } from './settings.ts';
export type { Deduplication, Reporting, SourceKind } from './source.ts';
export { fifoGroup, type SqsMessage, sqsMessages } from './sqs.ts';
