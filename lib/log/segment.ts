import { parseUlid, Reader, ulidText, Writer, writeI32 } from '../bytes/index.ts';
import { crc32c } from '../record/index.ts';
import { LogError, NO_TIMESTAMP, type ObjectRef } from './model.ts';
import { decoding } from './stored.ts';
import { decodePart, encodePart, type TransactionPart } from './transactions/part.ts';

/** One batch as a footer describes it. */
export interface FooterBatch {
  lengthBytes: number;
  /** Offsets from the end of the batch before to the end of this one; larger than the batch where records are gone. */
  span: number;
  maxTimestampMs: number;
  /** -1 where the producer is not idempotent. */
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  /** Where it is part of a transaction. */
  part?: TransactionPart | undefined;
}

/** The batches of one partition that stand together. */
export interface FooterRun {
  topicId: string;
  width: number;
  partition: number;
  position: number;
  lengthBytes: number;
  batches: FooterBatch[];
}

const NOT_NAMED = { producerEpoch: -1, part: undefined };

/** Producers may write any time. A footer's are within bounds of which the difference is a safe integer: it finds, the batch tells. */
const TIMESTAMP_MAX = Number.MAX_SAFE_INTEGER - 1;

/** Behind the footer: its length, its CRC-32C, and these four bytes. */
const TRAILER_BYTES = 12;
const MAGIC = 0x4d4c5231; // "MLR1"

/** Keys are spread over 16 prefixes by the id's last, random, digit, so that S3 can split the load. */
export const OBJECT_PREFIX = 'seg/';
export const OBJECT_SPREAD = [...'0123456789ABCDEF'];

/**
 * The key of a segment object, its size included: whoever knows the name knows where the footer is, and which tier holds it.
 *
 * @example
 * objectKey({ id: '01JD9N5Q6T3M8W0Z4R7XKE2BCF', sizeBytes: 1_000 }); // 'seg/F/01JD9N5Q6T3M8W0Z4R7XKE2BCF-rs'
 */
export function objectKey(object: ObjectRef): string {
  const spread = OBJECT_SPREAD[parseUlid(object.id)![15]! & 15]!;
  return `${OBJECT_PREFIX}${spread}/${object.id}-${object.sizeBytes.toString(36)}`;
}

/** The object that a key names, or undefined where the key is not one of a segment object. */
export function parseObjectKey(key: string): ObjectRef | undefined {
  const [, id, size] = /^seg\/[0-9A-F]\/([0-9A-Z]{26})-([0-9a-z]+)$/.exec(key) ?? [];
  return id !== undefined && size !== undefined && parseUlid(id)
    ? { id, sizeBytes: Number.parseInt(size, 36) }
    : undefined;
}

/** A footer as it was read. */
export interface Footer {
  runs: FooterRun[];
  /** What stands behind the runs: in merged objects, their lineage (lineage.ts); empty in all others. */
  lineage: Uint8Array;
}

/**
 * Footer and trailer for the runs, which stand in the object in this order from its start. A merged object's lineage
 * follows them: who does not know of it reads the runs all the same.
 */
export function encodeFooter(runs: readonly FooterRun[], lineage?: Uint8Array): Uint8Array {
  const writer = new Writer(64 + runs.length * 32);
  writer.uvarint(runs.length);
  for (const run of runs) {
    writer.raw(parseUlid(run.topicId)!);
    writer.uvarint(run.width);
    writer.uvarint(run.partition);
    writer.uvarint(run.position);
    writer.uvarint(run.lengthBytes);
    writer.uvarint(run.batches.length);
    let timestampMs = 0;
    for (const batch of run.batches) {
      writer.uvarint(batch.lengthBytes);
      writer.uvarint(batch.span);
      const maxTimestampMs = Math.min(Math.max(batch.maxTimestampMs, NO_TIMESTAMP), TIMESTAMP_MAX);
      writer.varint(maxTimestampMs - timestampMs);
      timestampMs = maxTimestampMs;
      writer.uvarint(batch.producerId + 1);
      if (batch.producerId >= 0) {
        writer.uvarint(encodePart(batch.producerEpoch, batch.part));
        writer.varint(batch.baseSequence);
      }
    }
  }
  if (lineage) writer.raw(lineage);
  const footer = writer.view();
  const trailer = new Uint8Array(TRAILER_BYTES);
  writeI32(trailer, 0, footer.length);
  writeI32(trailer, 4, crc32c(footer));
  writeI32(trailer, 8, MAGIC);
  writer.raw(trailer);
  return writer.view();
}

/**
 * Reads a footer from the last bytes of an object. Where `tail` is too short it says how many are needed.
 *
 * @throws LogError `log_corrupt`
 */
export function decodeFooter(tail: Uint8Array, name: string): Footer | { needBytes: number } {
  if (tail.length < TRAILER_BYTES) throw corrupt(name, 'it is shorter than a trailer');
  const trailer = new Reader(tail, tail.length - TRAILER_BYTES);
  const length = trailer.u32();
  const crc = trailer.u32();
  if (trailer.u32() !== MAGIC) throw corrupt(name, 'it does not end with the mark of a segment object');
  if (length + TRAILER_BYTES > tail.length) return { needBytes: length + TRAILER_BYTES };
  const footer = tail.subarray(tail.length - TRAILER_BYTES - length, tail.length - TRAILER_BYTES);
  if (crc32c(footer) >>> 0 !== crc) throw corrupt(name, 'its footer fails its CRC');
  const reader = new Reader(footer);
  return decoding(`Segment object ${name}`, () => ({
    runs: decodeRuns(reader),
    lineage: reader.view(reader.remaining),
  }));
}

function decodeRuns(reader: Reader): FooterRun[] {
  const runs: FooterRun[] = [];
  for (let left = reader.uvarint(); left > 0; left--) {
    const run: FooterRun = {
      topicId: ulidText(reader.view(16)),
      width: reader.uvarint(),
      partition: reader.uvarint(),
      position: reader.uvarint(),
      lengthBytes: reader.uvarint(),
      batches: [],
    };
    let timestampMs = 0;
    for (let batches = reader.uvarint(); batches > 0; batches--) {
      const lengthBytes = reader.uvarint();
      const span = reader.uvarint();
      timestampMs += reader.varint();
      const producerId = reader.uvarint() - 1;
      const { producerEpoch, part } = producerId < 0 ? NOT_NAMED : decodePart(reader.uvarint());
      run.batches.push({
        lengthBytes,
        span,
        maxTimestampMs: timestampMs,
        producerId,
        producerEpoch,
        baseSequence: producerId < 0 ? -1 : reader.varint(),
        ...(part && { part }),
      });
    }
    runs.push(run);
  }
  return runs;
}

function corrupt(name: string, why: string): LogError {
  return new LogError('log_corrupt', `Segment object ${name} is damaged: ${why}.`);
}
