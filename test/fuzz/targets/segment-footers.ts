import { encodeLineage } from '../../../lib/log/lineage.ts';
import { decodeFooter, encodeFooter } from '../../../lib/log/segment.ts';
import { crc32c } from '../../../lib/record/index.ts';
import type { Target } from '../target.ts';
import { isLogCorrupt, TOPIC_ID } from './ledgers.ts';

const TRAILER_BYTES = 12;
const batch = { lengthBytes: 100, span: 2, maxTimestampMs: 1_767_225_600_000 };
const plain = { ...batch, producerId: -1, producerEpoch: -1, baseSequence: -1 };
const numbered = { ...batch, producerId: 1_000, producerEpoch: 0, baseSequence: 4 };
const marker = { ...batch, producerId: 1_000, producerEpoch: 0, baseSequence: -1 };
const run = { topicId: TOPIC_ID, width: 32, partition: 0, position: 0, lengthBytes: 100, batches: [plain] };

export const target: Target = {
  name: 'segment-footers',
  seeds: () => {
    const second = { ...run, partition: 70, position: 100, lengthBytes: 300 };
    const parts = (['events', 'commit', 'abort'] as const).map((part) => ({ ...numbered, part }));
    const lineage = encodeLineage({ ledger: { topicId: TOPIC_ID, index: 0 }, pages: [], sources: [TOPIC_ID] });
    return {
      empty: encodeFooter([]),
      'one-batch': encodeFooter([run]),
      'no-timestamp': encodeFooter([{ ...run, batches: [{ ...plain, maxTimestampMs: -1 }] }]),
      'idempotent-producer': encodeFooter([run, { ...second, batches: [numbered, numbered, marker] }]),
      'parts-of-transactions': encodeFooter([run, { ...second, batches: parts }]),
      'merged-with-lineage': encodeFooter([run], lineage),
      'unknown-after-runs': encodeFooter([], Uint8Array.of(1, 2, 3)),
      'refused-other-magic': Buffer.concat([encodeFooter([run]).subarray(0, -4), Buffer.from('MLR9')]),
      'refused-wrong-crc': Buffer.concat([encodeFooter([run]).subarray(0, -8), Buffer.from('0000MLR1')]),
    };
  },
  /** The trailer's length and CRC say what stands before it. */
  mend(bytes) {
    if (bytes.length < TRAILER_BYTES) return bytes;
    const mended = Buffer.from(bytes);
    const footer = mended.subarray(0, -TRAILER_BYTES);
    mended.writeUInt32BE(footer.length, footer.length);
    mended.writeUInt32BE(crc32c(footer) >>> 0, footer.length + 4);
    mended.write('MLR1', footer.length + 8, 'latin1');
    return new Uint8Array(mended);
  },
  take(bytes) {
    const footer = decodeFooter(bytes, 'x');
    return 'runs' in footer ? encodeFooter(footer.runs, footer.lineage) : undefined;
  },
  isClean: isLogCorrupt,
};
