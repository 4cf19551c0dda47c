import { sealCrc } from '../../../lib/record/header.ts';
import {
  BATCH_HEADER_BYTES,
  CODECS,
  checkBatches,
  checkRecords,
  encodeBatch,
  encodeMarker,
  RecordError,
  readRecords,
} from '../../../lib/record/index.ts';
import type { Target } from '../target.ts';

const DECOMPRESSED_BYTES_MAX = 1 << 20;
const LENGTH_AT = 8;
const PREFIX_BYTES = 12;

export const target: Target = {
  name: 'record-batches',
  seeds: () => {
    const events = Array.from({ length: 5 }, (_, i) => ({
      key: i === 0 ? null : Buffer.from(`key ${i}`),
      value: i === 1 ? null : Buffer.from(`value ${i} `.repeat(i)),
      timestampMs: 1_767_225_600_000 + i,
      headers: i === 2 ? [['h', Buffer.from('x')] as const, ['empty', null] as const] : [],
    }));
    const numbered = { producerId: 1_000, producerEpoch: 2, baseSequence: 7, transactional: true };
    const marker = encodeMarker({ type: 'abort', producerId: 7, producerEpoch: 0, timestampMs: 1 });
    return [...CODECS.map((codec) => encodeBatch(events, { codec })), encodeBatch(events, numbered), marker];
  },
  /** One batch, whose length and CRC are right. */
  mend(bytes) {
    if (bytes.length < BATCH_HEADER_BYTES) return bytes;
    const mended = Buffer.from(bytes);
    mended.writeInt32BE(mended.length - PREFIX_BYTES, LENGTH_AT);
    sealCrc(mended, 0, mended.length);
    return new Uint8Array(mended);
  },
  take(bytes) {
    for (const { position: at } of checkBatches(bytes)) {
      const options = { at, decompressedBytesMax: DECOMPRESSED_BYTES_MAX };
      checkRecords(bytes, options);
      for (const _ of readRecords(bytes, options));
    }
    return undefined;
  },
  isClean: (error) => error instanceof RecordError,
};
