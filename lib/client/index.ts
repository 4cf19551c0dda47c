/**
 * The client of the HTTP API for TypeScript and JavaScript: produce, consume, transact, and consume-transform-produce as one
 * call. Built on fetch alone, so that it works in browsers and in Node; it imports nothing of the platform.
 */
export { Client, type ClientOptions, createClient } from './client.ts';
export type { Consuming } from './consume.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export type { BinaryRecord, ClientEvent, Data, EventToSend, Placed } from './events.ts';
export type { Processed, Processing, Results } from './process.ts';
export { machineTime, type Time } from './time.ts';
export type { ConsumedRange, Transaction } from './transact.ts';
