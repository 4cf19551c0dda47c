import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Facts, sumOf } from './facts.ts';
import type { Flight } from './flights.ts';
import { Sightings } from './sightings.ts';

/** A line of the archive. */
interface Line {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string;
  readonly value: Flight;
}

export interface ArchiveReport {
  readonly flights: Sightings;
  /** Lines whose key or time is not that of their flight. */
  wrongKeyOrTime: number;
  /** Lines whose offset is not one more than that of the line before. */
  gaps: number;
}

/** Reads the whole archive of a topic, line by line, as any program may that knows JSON. */
export async function readArchive(folder: string, topic: string, facts: Facts): Promise<ArchiveReport> {
  const report: ArchiveReport = { flights: new Sightings(facts), wrongKeyOrTime: 0, gaps: 0 };
  const root = join(folder, topic);
  for (const partition of existsSync(root) ? readdirSync(root).sort() : []) {
    let next = 0;
    // Names are first offsets, padded with zeros: their order is that of the offsets.
    for (const name of readdirSync(join(root, partition)).sort()) {
      const lines = createInterface({ input: createReadStream(join(root, partition, name)) });
      for await (const text of lines) {
        const line = JSON.parse(text) as Line;
        if (line.offset !== next) report.gaps++;
        next = line.offset + 1;
        note(report, facts, line, Number(partition));
      }
    }
  }
  return report;
}

function note(report: ArchiveReport, facts: Facts, line: Line, partition: number): void {
  const { value, offset } = line;
  report.flights.note({ row: value.row, sum: sumOf(value), partition, offset });
  // The key is the JSON text that was produced, quotes included.
  const key = JSON.stringify(value.origin);
  const right = line.partition === partition && line.key === key && line.timestampMs === facts.timesMs[value.row];
  if (!right) report.wrongKeyOrTime++;
}
