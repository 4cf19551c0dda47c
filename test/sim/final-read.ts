import type { Log, PartitionRef } from '../../lib/log/index.ts';
import type { Isolation, Seen } from '../checker/index.ts';
import { consumed } from './clients/batches.ts';

const FETCH_BYTES = 1 << 20;

/** All that the log shows of a partition, from its start to its end, fetch by fetch. */
export async function readPartition(
  log: Log,
  from: PartitionRef,
  isolation: Isolation = 'uncommitted',
): Promise<{ records: Seen[]; from: number; to: number }> {
  const [offsets] = await log.offsets([from]);
  const { logStartOffset, highWatermark } = offsets!;
  const records: Seen[] = [];
  for (let offset = logStartOffset; offset < highWatermark; ) {
    const [fetched] = await log.fetch([{ from, offset, maxBytes: FETCH_BYTES }], { maxBytes: FETCH_BYTES });
    if (fetched!.error) throw fetched!.error;
    const found = consumed(fetched!.batches, offset, { isolation, aborted: [] });
    records.push(...found.records);
    if (fetched!.nextOffset <= offset) break;
    offset = fetched!.nextOffset;
  }
  return { records, from: logStartOffset, to: highWatermark };
}
