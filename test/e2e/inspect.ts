import { systemClock, systemRandom } from '../../lib/bytes/index.ts';
import { Groups } from '../../lib/group/index.ts';
import { openLog, type VerifyReport } from '../../lib/log/index.ts';
import { openFolderStores } from '../../lib/platform.ts';
import { RecordCursor } from '../../lib/record/index.ts';
import { Events, Topics } from '../../lib/topic/index.ts';

/** What a data folder holds, read by a process that is not the server. Nothing is changed, no route runs. */
export interface Inspection {
  readonly report: VerifyReport;
  /** By topic, by partition, the values in offset order. */
  readonly values: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Offsets that a group committed, by partition. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
}

/**
 * Opens a data folder that no server has, and hands all that is in it to `look`.
 *
 * @example
 * await inspect(folder, async ({ report }) => expect(report.problems).toEqual([]));
 */
export async function inspect(folder: string, look: (inspection: Inspection) => Promise<void> | void): Promise<void> {
  const stores = await openFolderStores(folder);
  const [clock, random, items] = [systemClock, systemRandom, stores.items];
  const log = openLog({ stores, clock, random });
  try {
    const topics = new Topics({ items, log, clock, random });
    const events = new Events({ topics, log, clock, random });
    const groups = new Groups({ items, directory: topics, log, clock, random });
    const all = await topics.list();
    const report = await log.verify(all);
    const values = new Map<string, string[][]>();
    for (const { name, partitions } of all) {
      const numbers = Array.from({ length: partitions }, (_, partition) => partition);
      values.set(name, await Promise.all(numbers.map((partition) => valuesIn(events, name, partition))));
    }
    const committed = async (group: string, topic: string) => {
      const positions = await groups.committed(group, topic);
      return new Map(positions.map(({ partition, offset }) => [partition, offset]));
    };
    await look({ report, values, committed });
  } finally {
    await log.close();
    await stores.close();
  }
}

async function valuesIn(events: Events, topic: string, partition: number): Promise<string[]> {
  const maxBytes = 8 << 20;
  const values: string[] = [];
  for (;;) {
    const reads = [{ topic, partition, offset: values.length, maxBytes }];
    const [fetched] = await events.fetch(reads, { maxBytes, minBytes: 1, maxWaitMs: 0 });
    if (fetched!.error) throw fetched!.error;
    if (fetched!.batches.length === 0) return values;
    for (const batch of fetched!.batches) addValues(values, batch);
  }
}

/** Offsets are the values' indices: a hole, or a batch that comes twice, is an error. */
function addValues(values: string[], bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const cursor = new RecordCursor(bytes, { at });
    while (cursor.next()) {
      if (cursor.record.offset < values.length) continue;
      if (cursor.record.offset > values.length) throw new Error(`Offset ${values.length} is missing.`);
      values.push(Buffer.from(cursor.record.value ?? []).toString());
    }
    at += cursor.batch.lengthBytes;
  }
}
