import type { Log, PartitionRef } from '../../lib/log/index.ts';
import type { Isolation, Seen } from '../checker/index.ts';
import { consumed } from './clients/batches.ts';

const FETCH_BYTES = 1 << 20;

/** All that the log shows of a partition from an offset (its start, unless given) to its end, fetch by fetch. */
export async function readPartition(
  log: Log,
  ref: PartitionRef,
  { isolation, from }: { isolation: Isolation; from?: number },
): Promise<{ records: Seen[]; from: number; to: number; highWatermark: number }> {
  const [offsets] = await log.offsets([ref]);
  const { logStartOffset, highWatermark, lastStableOffset } = offsets!;
  const first = Math.max(logStartOffset, from ?? 0);
  const to = isolation === 'committed' ? lastStableOffset : highWatermark;
  const records: Seen[] = [];
  const options = {
    maxBytes: FETCH_BYTES,
    isolation: isolation === 'committed' ? 'read_committed' : 'read_uncommitted',
  } as const;
  for (let offset = first; offset < to; ) {
    const [fetched] = await log.fetch([{ from: ref, offset, maxBytes: FETCH_BYTES }], options);
    if (fetched!.error) throw fetched!.error;
    const found = consumed(fetched!.batches, offset, { isolation, aborted: fetched!.aborted });
    records.push(...found.records);
    if (fetched!.nextOffset <= offset) break;
    offset = fetched!.nextOffset;
  }
  return { records, from: first, to, highWatermark };
}
