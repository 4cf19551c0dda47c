import { join } from 'node:path';
import { openFolderStores, openPlatform } from '../../lib/platform.ts';
import { batchOfBytes, copyOf } from '../batches.ts';
import { type Context, megabytes, milliseconds, percent, spreadOf, type Table } from '../harness.ts';
import { inFolder } from '../limits.ts';
import { Client, produceBody, type ServerProcess, startBareServer, startServer } from '../server-process.ts';

const SIZES = { full: [100e6, 1e9], quick: [2e6] };
const TOPIC = 'bench';
const WRITERS = 8;
/** The kill comes while so much is being written. */
const LOAD_MS = 150;

/** What a start took, in milliseconds since the process was started. */
interface Start {
  listeningMs: number;
  producedMs: number;
  /** The newest record was read back. */
  readMs: number;
}

/**
 * How long a server takes, after `kill -9` under load, from the start of its process to the first answers; beside it a
 * server with an empty folder, and one that does nothing but answer.
 */
export async function recovery({ effort, folder }: Context): Promise<Table[]> {
  const rows: string[][] = [];
  const bare: number[] = [];
  for (let round = 0; round < effort.rounds; round++) bare.push(await startBare());
  const alone = milliseconds(spreadOf(bare).median);
  rows.push(['bare node:http server', alone, alone, '–', percent(spreadOf(bare).spread)]);
  for (const sizeBytes of [0, ...(effort.quick ? SIZES.quick : SIZES.full)]) {
    const starts = await inFolder(join(folder, 'recovery'), (data) => killedStarts(data, sizeBytes, effort.rounds));
    const of = (pick: (start: Start) => number) => spreadOf(starts.map(pick));
    rows.push([
      sizeBytes === 0 ? 'empty log' : `log of ${megabytes(sizeBytes)} MB`,
      milliseconds(of((start) => start.listeningMs).median),
      milliseconds(of((start) => start.producedMs).median),
      milliseconds(of((start) => start.readMs).median),
      percent(of((start) => start.producedMs).spread),
    ]);
  }
  const columns = ['after kill -9 under load', 'listening ms', 'first answer ms', 'newest record read ms', '±'];
  return [{ title: 'Recovery, from the start of the process', columns, rows }];
}

async function startBare(): Promise<number> {
  const startMs = performance.now();
  const server = await startBareServer();
  const client = new Client(server.url);
  await client.send('GET', '/');
  const tookMs = performance.now() - startMs;
  client.close();
  await server.kill();
  return tookMs;
}

async function killedStarts(data: string, sizeBytes: number, rounds: number): Promise<Start[]> {
  await fill(data, sizeBytes);
  let server = await startServer(data);
  const starts: Start[] = [];
  for (let round = 0; round < rounds; round++) {
    if (sizeBytes > 0) await killUnderLoad(server);
    else await server.kill();
    const startMs = performance.now();
    server = await startServer(data);
    starts.push(await firstAnswers(server, startMs));
  }
  await server.kill();
  return starts;
}

async function firstAnswers(server: ServerProcess, startMs: number): Promise<Start> {
  const sinceStart = () => performance.now() - startMs;
  const listeningMs = sinceStart();
  const client = new Client(server.url);
  const answer = await client.send('POST', `/topics/${TOPIC}`, produceBody(1, 100));
  const producedMs = sinceStart();
  const { offset } = (JSON.parse(answer.toString()) as { offsets: { offset: number }[] }).offsets[0]!;
  await client.send('GET', `/topics/${TOPIC}/partitions/0/records?offset=${offset}&count=1`);
  const readMs = sinceStart();
  client.close();
  return { listeningMs, producedMs, readMs };
}

async function fill(data: string, sizeBytes: number): Promise<void> {
  const platform = openPlatform({ stores: await openFolderStores(data), background: false });
  const { topicId, width } = await platform.topics.create(TOPIC, { partitions: 1 });
  const sample = batchOfBytes(1 << 20, 1024);
  let left = sizeBytes;
  const writer = async () => {
    while (left > 0) {
      left -= sample.bytes.length;
      const { bytes, infos } = copyOf(sample);
      await platform.log.append([{ to: { topicId, width, partition: 0 }, batches: bytes, infos }]);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  await platform.close();
}

async function killUnderLoad(server: ServerProcess): Promise<void> {
  const client = new Client(server.url);
  const body = produceBody(100, 1_024);
  let killed = false;
  const writer = async () => {
    while (!killed) {
      try {
        await client.send('POST', `/topics/${TOPIC}`, body);
      } catch (error) {
        if (!killed) throw error;
      }
    }
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, writer));
  await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
  killed = true;
  await server.kill();
  await writers;
  client.close();
}
