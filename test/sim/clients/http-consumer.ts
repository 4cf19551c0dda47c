import {
  type Commit,
  type PartitionName,
  type Poll,
  partitionName,
  type Seek,
  type Seen,
} from '../../checker/index.ts';
import { type HttpAnswer, httpCall } from '../http-call.ts';
import type { GroupConsumerOptions } from './classic-consumer.ts';
import { backOff, type ClientParts, type ClientProgram } from './client.ts';

const V2_BINARY = 'application/vnd.kafka.binary.v2+json';
const POLL_MS = 500;

interface RecordOut {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/**
 * A consumer by REST Proxy's API. It commits each poll before the next one, which may take partitions away unseen. After a poll that got no answer it begins anew, as the documents say, with a new instance.
 */
export function httpConsumer(options: GroupConsumerOptions): ClientProgram {
  return (parts) => new HttpConsumer(parts, options).run();
}

class HttpConsumer {
  readonly #parts: ClientParts;
  readonly #options: GroupConsumerOptions;
  #instances = 0;
  /** Undefined: to be made. */
  #at: string | undefined;

  constructor(parts: ClientParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { process, chance, ending } = this.#parts;
    for (let failures = 0; !ending(); ) {
      const isFine = this.#at === undefined ? await this.#begin() : await this.#poll();
      failures = isFine ? 0 : failures + 1;
      if (isFine) await process.clock.sleep(chance.between(0, this.#options.thinkMs));
      else {
        await this.#end();
        await backOff(this.#parts, failures);
      }
    }
    await this.#end();
  }

  async #begin(): Promise<boolean> {
    const { group, topics, sessionMs } = this.#options;
    const name = `${this.#parts.process.name}-${this.#instances++}`;
    const made = await this.#ask('POST', `/consumers/${group}`, {
      name,
      format: 'binary',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': false,
      'session.timeout.ms': sessionMs,
    });
    if (made?.status !== 200) return false;
    this.#at = `/consumers/${group}/instances/${name}`;
    const subscribed = await this.#ask('POST', `${this.#at}/subscription`, {
      topics: topics.map((topic) => topic.name),
    });
    return subscribed?.status === 204;
  }

  async #poll(): Promise<boolean> {
    const { world, process } = this.#parts;
    const answer = await this.#ask('GET', `${this.#at}/records?timeout=${POLL_MS}&max_bytes=4000`);
    if (answer?.status !== 200) return false;
    const found = answer.body as readonly RecordOut[];
    if (found.length === 0) return true;
    const records: Record<PartitionName, Seen[]> = {};
    for (const { topic, partition, offset, value } of found) {
      const name = partitionName(topic, partition);
      records[name] ??= [];
      records[name].push([offset, Buffer.from(value, 'base64').toString()]);
    }
    // The server moves partitions between instances without a word to the client: each poll stands for itself.
    world.recorder.note<Seek>(process.name, { kind: 'seek' });
    world.recorder.note<Poll>(process.name, {
      kind: 'poll',
      isolation: 'committed',
      group: this.#options.group,
      records,
    });
    return this.#commit(records);
  }

  async #commit(records: Readonly<Record<PartitionName, readonly Seen[]>>): Promise<boolean> {
    const { world, process } = this.#parts;
    const last = Object.entries(records).map(([name, seen]) => [name, seen.at(-1)![0]] as const);
    const offsets = Object.fromEntries(last.map(([name, offset]) => [name, offset + 1]));
    const running = world.recorder.invoke<Commit>(process.name, {
      kind: 'commit',
      group: this.#options.group,
      offsets,
    });
    const body = {
      offsets: last.map(([name, offset]) => {
        const [topic, partition] = name.split('/');
        return { topic, partition: Number(partition), offset };
      }),
    };
    const answer = await this.#ask('POST', `${this.#at}/offsets`, body);
    if (answer?.status === 200 || answer?.status === 204) running.ok();
    else if (answer && answer.status >= 400 && answer.status < 500) running.fail(JSON.stringify(answer.body));
    else running.info(`answered ${answer?.status}`);
    return answer !== undefined && answer.status < 300;
  }

  async #end(): Promise<void> {
    const at = this.#at;
    this.#at = undefined;
    if (at !== undefined) await this.#ask('DELETE', at);
  }

  #ask(method: string, path: string, body?: unknown): Promise<HttpAnswer | undefined> {
    return httpCall(this.#parts, this.#parts.chance.pick(this.#parts.servers), {
      method,
      path,
      headers: { accept: V2_BINARY, ...(body !== undefined && { 'content-type': 'application/vnd.kafka.v2+json' }) },
      body,
    });
  }
}
