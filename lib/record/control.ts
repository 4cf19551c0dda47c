import { BatchBuilder } from './builder.ts';

/** How a transaction ended. `unknown` is a marker of a version or kind that readers must pass over. */
export type ControlType = 'abort' | 'commit' | 'unknown';

/** The end of a producer's transaction in one partition. */
export interface Marker {
  type: 'abort' | 'commit';
  producerId: number;
  producerEpoch: number;
  timestampMs: number;
}

/** Version 0 of both schemas, then the type; the value is a version and the coordinator's epoch. */
const MARKER_KEY_BYTES = 4;
const MARKER_VALUE_BYTES = 6;

/** What the key of a control batch's record says. Source: `org.apache.kafka.common.record.ControlRecordType`. */
export function controlType(key: Uint8Array | null): ControlType {
  if (key === null || key.length < MARKER_KEY_BYTES || key[2] !== 0) return 'unknown';
  return key[3] === 0 ? 'abort' : key[3] === 1 ? 'commit' : 'unknown';
}

/**
 * The control batch that ends a transaction in one partition: one record at one offset. There is one coordinator for
 * ever, so its epoch is 0.
 *
 * @example
 * const batch = encodeMarker({ type: 'commit', producerId: 7, producerEpoch: 0, timestampMs: clock.nowMs() });
 */
export function encodeMarker({ type, producerId, producerEpoch, timestampMs }: Marker): Uint8Array {
  const builder = new BatchBuilder({ producerId, producerEpoch, transactional: true, control: true });
  const key = new Uint8Array(MARKER_KEY_BYTES);
  key[3] = type === 'commit' ? 1 : 0;
  builder.append(key, new Uint8Array(MARKER_VALUE_BYTES), timestampMs);
  return builder.build();
}
