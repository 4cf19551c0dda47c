/**
 * Kafka's wire format without I/O: requests read, responses written, for the APIs and versions of `APIS`. `generated/`
 * is made from Kafka's own message definitions (tools/kafka-codec); records and bytes stay views on the frame.
 */
export type { Api, ApiName, Apis } from './api.ts';
export { decodeRequest, encodeResponse, type RequestHeader, readRequestHeader } from './codec.ts';
export { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts';
export * from './elements.ts';
export * from './generated/index.ts';
export { KafkaReader, type Read, reading } from './reader.ts';
export type { Mutable, Sparse, Whole } from './shapes.ts';
export { type Frame, KafkaWriter, type Views, type Write, writing } from './writer.ts';
