import { fileURLToPath } from 'node:url';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** 3 million flights within the United States in 2001, ordered by time. Comes with the npm package vega-datasets. */
const FILE = fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));

/** One flight: the value of its event. The key is `origin`, the event's time is `date`. */
export interface Flight {
  /** Which row of the data set it is; no other column is unique. */
  readonly row: number;
  /** ISO 8601. The data set has local times, taken as UTC. */
  readonly date: string;
  /** Minutes; negative where it left early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** A row as hyparquet gives it. */
interface Row {
  readonly date: Date;
  readonly delay: bigint;
  readonly distance: bigint;
  readonly origin: string;
  readonly destination: string;
}

/** How many flights there are. */
export async function countFlights(): Promise<number> {
  return Number((await parquetMetadataAsync(await asyncBufferFromFile(FILE))).num_rows);
}

/**
 * The first `count` flights. One row group (272,727 rows) is in memory at a time, however many are asked for.
 *
 * @example
 * for await (const flight of readFlights(1_000)) console.log(flight.origin, flight.delay);
 */
export async function* readFlights(count: number): AsyncGenerator<Flight> {
  const file = await asyncBufferFromFile(FILE);
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = Math.min(rowStart + Number(group.num_rows), count);
    if (rowEnd <= rowStart) return;
    const rows = (await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd })) as unknown as Row[];
    for (const [index, row] of rows.entries()) yield flightOf(rowStart + index, row);
    rowStart = rowEnd;
  }
}

function flightOf(row: number, { date, delay, distance, origin, destination }: Row): Flight {
  return { row, date: date.toISOString(), delay: Number(delay), distance: Number(distance), origin, destination };
}
