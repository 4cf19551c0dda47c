import { BatchBuilder, type BatchOptions, batchLength, readRecords } from '../../lib/record/index.ts';

/** A batch of records with these values, timestamps 1,000, 1,001 and so on. */
export function batchOf(...values: string[]): Uint8Array {
  return batchWith({}, ...values);
}

export function batchWith(options: BatchOptions, ...values: string[]): Uint8Array {
  const builder = new BatchBuilder(options);
  for (const [i, value] of values.entries()) builder.append(Buffer.from(`k${i}`), Buffer.from(value), 1_000 + i);
  return builder.build();
}

/** Offset and value of each record of the batches. */
export function recordsOf(batches: Uint8Array | null | undefined): [number, string][] {
  const found: [number, string][] = [];
  const bytes = batches ?? new Uint8Array(0);
  for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
    for (const { offset, value } of readRecords(bytes, { at }))
      found.push([offset, Buffer.from(value ?? []).toString()]);
  }
  return found;
}
