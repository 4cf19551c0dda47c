import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { HttpClient } from '../support/http-client.ts';
import { ServerProcess } from '../support/server-process.ts';

/** What routes' status says that the demo needs. */
interface RouteStatus {
  readonly tasks: readonly {
    readonly state: string;
    readonly trace?: string;
    readonly partitions: readonly { readonly position: number | null; readonly lag: number }[];
  }[];
}

/** A Millrace of one's own: a folder, an address, and a server process that comes and goes. */
export class Installation {
  readonly folder: string;
  readonly data: string;
  readonly archive: string;
  readonly client: HttpClient;
  readonly #port: number;
  #server: ServerProcess;

  private constructor(folder: string, port: number, server: ServerProcess) {
    this.folder = folder;
    this.data = join(folder, 'data');
    // Routes write below `files` in the data folder, unless the server is told otherwise.
    this.archive = join(this.data, 'files', 'archive');
    this.#port = port;
    this.#server = server;
    this.client = new HttpClient(server.url);
  }

  static async begin(): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-demo-'));
    const port = await freePort();
    return new Installation(folder, port, await ServerProcess.start({ data: join(folder, 'data'), port }));
  }

  get server(): ServerProcess {
    return this.#server;
  }

  /** Kills the server with SIGKILL and starts it on the same folder and port. Returns how long it was away, in ms. */
  async crash(): Promise<number> {
    const killedMs = performance.now();
    await this.#server.kill();
    this.#server = await ServerProcess.start({ data: this.data, port: this.#port });
    return performance.now() - killedMs;
  }

  createTopic(name: string, partitions: number): Promise<unknown> {
    const json = { topic_name: name, partitions_count: partitions };
    return this.client.ask('POST', '/v3/clusters/millrace/topics', { json });
  }

  createRoute(name: string, config: Readonly<Record<string, string>>): Promise<unknown> {
    return this.client.ask('PUT', `/connectors/${name}/config`, { json: config });
  }

  /** How far a route is: events that it is through with, and those that still wait. @throws where it failed */
  async routeProgress(name: string): Promise<{ readonly done: number; readonly lag: number }> {
    const { tasks } = await this.client.ask<RouteStatus>('GET', `/connectors/${name}/status`);
    const failed = tasks.find(({ state }) => state === 'FAILED');
    if (failed) throw new Error(`The route ${name} failed: ${failed.trace}`);
    const partitions = tasks.flatMap((task) => task.partitions);
    const done = partitions.reduce((sum, { position }) => sum + (position ?? 0), 0);
    return { done, lag: partitions.reduce((sum, { lag }) => sum + lag, 0) };
  }

  /** Sets a route back to the first events at or after a time; returns each partition's offset. */
  async replay(name: string, time: string): Promise<ReadonlyMap<number, number>> {
    const { offsets } = await this.client.ask<{
      offsets: { partition: { kafka_partition: number }; offset: { kafka_offset: number } }[];
    }>('POST', `/connectors/${name}/replay`, { json: { time } });
    return new Map(offsets.map(({ partition, offset }) => [partition.kafka_partition, offset.kafka_offset]));
  }

  /** Events in a topic, by its partitions' ends. */
  async eventsIn(topic: string, partitions: number): Promise<number> {
    let count = 0;
    for (let partition = 0; partition < partitions; partition++) {
      const path = `/topics/${topic}/partitions/${partition}/offsets`;
      const range = await this.client.ask<{ beginning_offset: number; end_offset: number }>('GET', path);
      count += range.end_offset - range.beginning_offset;
    }
    return count;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
