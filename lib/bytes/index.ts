/**
 * The ground floor: what every other floor needs and that needs none of them. Varints and cursors over bytes, ids,
 * clock and randomness as parameters, memory that is used again, notices that do not repeat, and the root of all errors.
 */
export * from './clock.ts';
export * from './cursor.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './nearest.ts';
export * from './rare-notices.ts';
export * from './slabs.ts';
export * from './varint.ts';
