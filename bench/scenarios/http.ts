import { join } from 'node:path';
import {
  alternate,
  type Context,
  type Done,
  inParallel,
  RATE_COLUMNS,
  rateRow,
  type Sample,
  type Table,
  timed,
} from '../harness.ts';
import { inFolder, parseTexts } from '../limits.ts';
import { Client, produceBody, type ServerProcess, startServer } from '../server-process.ts';

interface Shape {
  what: string;
  records: number;
  valueBytes: number;
  connections: number;
}

const SHAPES: Shape[] = [
  { what: '1 KiB values, 1,000 a request, 8 connections', records: 1_000, valueBytes: 1_024, connections: 8 },
  { what: '100 B values, 10,000 a request, 8 connections', records: 10_000, valueBytes: 100, connections: 8 },
  { what: '100 B values, 1 a request, 64 connections', records: 1, valueBytes: 100, connections: 64 },
];
const LOG_BYTES = { full: 32 << 20, quick: 2 << 20 };
const FETCH_BYTES = 1 << 20;
const CONSUMERS = 4;

/**
 * REST Proxy v2's produce and consume, JSON, on disk. The server is another process, so CPU seconds are its alone; this one
 * is the client. The limit is `JSON.parse` of the same bodies, here.
 */
export async function http(context: Context): Promise<Table[]> {
  return inFolder(join(context.folder, 'http'), async (folder) => {
    const server = await startServer(join(folder, 'data'));
    const client = new Client(server.url);
    try {
      const produced: string[][] = [];
      for (const shape of SHAPES) produced.push(await produce(context, server, client, shape));
      const consumed = [await consume(context, server, client, 1_024), await consume(context, server, client, 100)];
      return [
        { title: 'HTTP produce (v2 JSON)', columns: RATE_COLUMNS, rows: produced },
        { title: 'HTTP consume (v2 JSON)', columns: RATE_COLUMNS, rows: consumed },
      ];
    } finally {
      client.close();
      await server.kill();
    }
  });
}

/** Enough to time `JSON.parse` by. */
const PARSED_BYTES_MAX = 64 << 20;

async function produce({ effort }: Context, server: ServerProcess, client: Client, shape: Shape): Promise<string[]> {
  const topic = `produce-${shape.valueBytes}-${shape.records}`;
  await createTopic(client, topic, 1);
  const body = produceBody(shape.records, shape.valueBytes);
  const found = await alternate(
    effort.rounds,
    () =>
      onServer(server, () =>
        inParallel(shape.connections, effort.roundMs, async () => {
          await client.send('POST', `/topics/${topic}`, body);
          return { records: shape.records, bytes: body.length };
        }),
      ),
    ({ bytes }) => timed(() => parseTexts([body.toString()], Math.min(bytes, PARSED_BYTES_MAX))),
  );
  return rateRow(shape.what, 'JSON.parse', found);
}

/** Consumer instances, each with a partition of its own, read what was produced before, again and again. */
async function consume(
  { effort }: Context,
  server: ServerProcess,
  client: Client,
  valueBytes: number,
): Promise<string[]> {
  const topic = `consume-${valueBytes}`;
  await createTopic(client, topic, CONSUMERS);
  const body = produceBody(1_000, valueBytes);
  const logBytes = effort.quick ? LOG_BYTES.quick : LOG_BYTES.full;
  for (let bytes = 0; bytes < logBytes; bytes += body.length * CONSUMERS) {
    for (let partition = 0; partition < CONSUMERS; partition++) {
      await client.send('POST', `/topics/${topic}/partitions/${partition}`, body);
    }
  }
  const perPartition = await recordsOf(client, topic, 0);
  for (let index = 0; index < CONSUMERS; index++) await createInstance(client, topic, index);
  const positions = new Array<number>(CONSUMERS).fill(0);
  let answer = '';
  const found = await alternate(
    effort.rounds,
    () =>
      onServer(server, () =>
        inParallel(CONSUMERS, effort.roundMs, async (index) => {
          const at = `/consumers/${topic}/instances/i${index}`;
          if (positions[index]! >= perPartition) {
            const partitions = [{ topic, partition: index }];
            await client.send('POST', `${at}/positions/beginning`, JSON.stringify({ partitions }));
            positions[index] = 0;
          }
          const bytes = await client.send('GET', `${at}/records?max_bytes=${FETCH_BYTES}`);
          const records = positionAfter(bytes) - positions[index]!;
          positions[index]! += records;
          if (answer.length < bytes.length) answer = bytes.toString();
          return { records, bytes: bytes.length };
        }),
      ),
    ({ bytes }) => timed(() => parseTexts([answer], Math.min(bytes, PARSED_BYTES_MAX))),
  );
  return rateRow(`${sizeName(valueBytes)} values, ${CONSUMERS} consumers of 1 MiB`, 'JSON.parse', found);
}

async function createTopic(client: Client, name: string, partitions: number): Promise<void> {
  await client.send(
    'POST',
    '/v3/clusters/millrace/topics',
    JSON.stringify({ topic_name: name, partitions_count: partitions }),
  );
}

async function createInstance(client: Client, topic: string, partition: number): Promise<void> {
  const instance = {
    name: `i${partition}`,
    format: 'json',
    'auto.offset.reset': 'earliest',
    'auto.commit.enable': 'false',
  };
  await client.send('POST', `/consumers/${topic}`, JSON.stringify(instance));
  const assigned = JSON.stringify({ partitions: [{ topic, partition }] });
  await client.send('POST', `/consumers/${topic}/instances/i${partition}/assignments`, assigned);
}

async function recordsOf(client: Client, topic: string, partition: number): Promise<number> {
  const answer = await client.send('GET', `/topics/${topic}/partitions/${partition}/offsets`);
  return (JSON.parse(answer.toString()) as { end_offset: number }).end_offset;
}

/** The offset behind an answer's last record, found without parsing the whole. */
function positionAfter(bytes: Buffer): number {
  const at = bytes.lastIndexOf('"offset":');
  if (at < 0) throw new Error(`An answer without records: ${bytes.subarray(0, 200)}`);
  return Number.parseInt(bytes.toString('latin1', at + '"offset":'.length, at + 30), 10) + 1;
}

function sizeName(bytes: number): string {
  return bytes >= 1_024 ? `${bytes / 1_024} KiB` : `${bytes} B`;
}

/** As `timed`, with the server's CPU. */
function onServer(server: ServerProcess, work: () => Promise<Done>): Promise<Sample> {
  return timed(async () => {
    const before = await server.cpuSeconds();
    const done = await work();
    return { ...done, cpuSeconds: (await server.cpuSeconds()) - before };
  });
}
