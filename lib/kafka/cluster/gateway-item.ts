import type { Action, Condition, Item, ItemKey, MetaStore } from '../../store/index.ts';
import { eachItem } from '../../store/index.ts';
import type { Address } from '../session.ts';

/*
 * One item per gateway: pk `gateways`, sk its broker id in 10 digits. Attributes:
 *   n name, which a restart of the same gateway keeps      i this run of it, a ULID
 *   b beats of its heart since it took the id              t when the last one was, by its own clock (ms)
 *   r rack, where it has one                               l listeners: name -> { h host, p port }
 *   ttl a day after the last beat: what a killed gateway leaves behind goes by itself
 * Nothing is lost with an item: a gateway that finds its own gone takes an id anew.
 */

/** A gateway as its item tells of it. */
export interface GatewayRecord {
  readonly id: number;
  readonly name: string;
  readonly run: string;
  readonly beats: number;
  readonly beatAtMs: number;
  readonly rack: string | null;
  /** Where clients are told to connect to, by listener. */
  readonly listeners: ReadonlyMap<string, Address>;
}

export const GATEWAYS_PK = 'gateways';
/** Ids are 31 bits: Kafka's broker ids. */
const ID_DIGITS = 10;
const TTL_S = 24 * 60 * 60;

function gatewayKey(id: number): ItemKey {
  return { pk: GATEWAYS_PK, sk: String(id).padStart(ID_DIGITS, '0') };
}

/** The items of gateways. All methods reject with StoreError. */
export class GatewayItems {
  readonly #items: MetaStore;

  constructor(items: MetaStore) {
    this.#items = items;
  }

  /** All that are there, the dead among them, by id. Units: half of one for each 4 KiB, some twenty gateways. */
  async list(): Promise<GatewayRecord[]> {
    const found: GatewayRecord[] = [];
    for await (const { sk, item } of eachItem(this.#items, GATEWAYS_PK)) found.push(parse(sk, item));
    return found;
  }

  /** Takes an id that is free, or that of `dead` if nothing was heard of that one since. False where others were faster. */
  async claim(record: GatewayRecord, dead: GatewayRecord | undefined): Promise<boolean> {
    const item: Item = {
      n: record.name,
      i: record.run,
      b: record.beats,
      t: record.beatAtMs,
      ...(record.rack !== null && { r: record.rack }),
      l: Object.fromEntries([...record.listeners].map(([name, { host, port }]) => [name, { h: host, p: port }])),
      ttl: ttlOf(record.beatAtMs),
    };
    const when: Condition = dead
      ? { if: 'all', of: [ofRun(dead), { if: 'is', path: ['b'], value: dead.beats }] }
      : { if: 'itemAbsent' };
    return (await this.#items.write({ write: 'put', key: gatewayKey(record.id), item, when })).applied;
  }

  /** Tells that the gateway lives. False where its id is no longer its own. */
  async beat(record: GatewayRecord, nowMs: number): Promise<boolean> {
    const actions: Action[] = [
      { do: 'add', path: ['b'], by: 1 },
      { do: 'set', path: ['t'], to: nowMs },
      { do: 'set', path: ['ttl'], to: ttlOf(nowMs) },
    ];
    const key = gatewayKey(record.id);
    return (await this.#items.write({ write: 'update', key, actions, when: ofRun(record) })).applied;
  }

  /** Takes the gateway out of the cluster; no error where it is out already. */
  async withdraw(record: GatewayRecord): Promise<void> {
    await this.#items.write({ write: 'delete', key: gatewayKey(record.id), when: ofRun(record) });
  }
}

function ofRun({ run }: GatewayRecord): Condition {
  return { if: 'is', path: ['i'], value: run };
}

function ttlOf(nowMs: number): number {
  return Math.floor(nowMs / 1000) + TTL_S;
}

function parse(sk: string, item: Item): GatewayRecord {
  const listeners = item.l as Readonly<Record<string, { h: string; p: number }>>;
  return {
    id: Number(sk),
    name: item.n as string,
    run: item.i as string,
    beats: item.b as number,
    beatAtMs: item.t as number,
    rack: (item.r as string | undefined) ?? null,
    listeners: new Map(Object.entries(listeners).map(([name, { h, p }]) => [name, { host: h, port: p }])),
  };
}
