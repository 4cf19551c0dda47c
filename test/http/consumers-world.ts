import { expect } from 'vitest';
import { memoryStores } from '../../lib/store/index.ts';
import { type Answer, client, services, V2_JSON } from './world.ts';

export type Client = ReturnType<typeof client>;

/** Where an instance is. */
export const at = (name: string, group = 'billing') => `/consumers/${group}/instances/${name}`;

/** What the records of an answer hold. */
export const values = (answer: Answer) => {
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { value: unknown }[]).map((record) => record.value);
};

/** A server, the topic `orders` of two partitions, and instances of the group `billing`. */
export class ConsumersWorld {
  readonly stores = memoryStores();
  over = services(this.stores);
  http: Client = client(this.over);

  static async open(): Promise<ConsumersWorld> {
    const world = new ConsumersWorld();
    await world.over.topics.create('orders', { partitions: 2 });
    return world;
  }

  /** Goes on with another process, on this clock. */
  restart(on: Parameters<typeof services>[1]): void {
    this.over = services(this.stores, on);
    this.http = client(this.over);
  }

  /** An instance that begins at the earliest record and is subscribed to `topics`. */
  async consumer(name: string, settings: object = {}, topics: string[] = ['orders']): Promise<void> {
    const body = { name, format: 'json', 'auto.offset.reset': 'earliest', ...settings };
    expect(await this.http.post('/consumers/billing', body)).toMatchObject({ status: 200 });
    expect(await this.http.post(`${at(name)}/subscription`, { topics })).toMatchObject({ status: 204 });
  }

  poll(name: string, { by = this.http, timeout = 0, more = '' } = {}): Promise<Answer> {
    return by.get(`${at(name)}/records?timeout=${timeout}${more}`, { accept: V2_JSON });
  }

  /** Polls until `count` values came, or nothing comes any more. */
  async drain(name: string, count: number, by = this.http): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let i = 0; i < 20 && all.length < count; i++) all.push(...values(await this.poll(name, { by })));
    return all;
  }

  /** Even values to partition 0, odd ones to 1. */
  produce(...list: number[]): Promise<Answer> {
    return this.http.produce(
      'orders',
      list.map((value) => ({ value, partition: value % 2 })),
    );
  }
}
