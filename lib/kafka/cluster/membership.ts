import { AbortedError, type Clock, newUlid, type Random, ulidText } from '../../bytes/index.ts';
import { type MetaStore, StoreError } from '../../store/index.ts';
import type { Address, Session } from '../session.ts';
import type { Cluster, View } from './cluster.ts';
import { GatewayItems, type GatewayRecord } from './gateway-item.ts';
import { BEAT_MS, CLAIM_PAUSE_MS, CLAIMS_MAX, FRESH_MS, REUSE_MS, SETTLED_MS } from './limits.ts';
import { Liveness } from './liveness.ts';
import { viewOf } from './view.ts';

/** What a gateway is, for the others. */
export interface GatewayIdentity {
  /** Whoever starts again under the same name gets back the id that it still has: a host and port, or a pod. */
  readonly name: string;
  /** Its availability zone, where it is known. */
  readonly rack: string | null;
  /** Where clients are told to connect to, by listener. */
  readonly listeners: Readonly<Record<string, Address>>;
}

export interface ClusterServices {
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of a streak of failures once; the next beat tries again. */
  readonly onError: (error: unknown, doing: string) => void;
}

/** The lists of gateways that the answers come from. */
interface Seen {
  readonly living: readonly GatewayRecord[];
  readonly atMs: number;
  /** Since when the same gateways live. */
  readonly sinceMs: number;
}

/**
 * This gateway among all that share its stores. It tells by a beat of its item that it lives, and sees by the others' who
 * else does; nothing is elected, and nothing hangs on it but who is asked first.
 *
 * @example
 * const cluster = await GatewayCluster.join(platform, { name: 'a', rack: null, listeners: { PLAINTEXT: { host, port } } });
 * const gateway = openGateway(platform, { cluster });
 * await cluster.leave();
 */
export class GatewayCluster implements Cluster {
  readonly #services: ClusterServices;
  readonly #items: GatewayItems;
  readonly #liveness = new Liveness();
  readonly #leaving = new AbortController();
  #own: GatewayRecord;
  #seen: Seen;
  #beating: Promise<void> = Promise.resolve();

  private constructor(services: ClusterServices, own: GatewayRecord) {
    this.#services = services;
    this.#items = new GatewayItems(services.items);
    this.#own = own;
    const nowMs = services.clock.monotonicMs();
    this.#seen = { living: [own], atMs: nowMs, sinceMs: nowMs };
  }

  /**
   * Takes a broker id and begins to beat.
   * @throws StoreError where the store cannot be had
   */
  static async join(services: ClusterServices, identity: GatewayIdentity): Promise<GatewayCluster> {
    const { clock, random } = services;
    const run = ulidText(newUlid(clock.nowMs(), random));
    const listeners = new Map(Object.entries(identity.listeners));
    const { name, rack } = identity;
    const wanted = { id: -1, name, run, beats: 0, beatAtMs: 0, rack, listeners };
    const own = await claimed(services, wanted, { byName: true });
    const cluster = new GatewayCluster(services, own);
    await cluster.#look();
    cluster.#beating = cluster.#beat();
    return cluster;
  }

  /** This gateway's broker id; another one after its item was lost. */
  get brokerId(): number {
    return this.#own.id;
  }

  async view({ peer, clientId }: Session): Promise<View> {
    const { living, atMs, sinceMs } = this.#seen;
    const nowMs = this.#services.clock.monotonicMs();
    const agreed = nowMs - atMs < FRESH_MS && nowMs - sinceMs >= SETTLED_MS;
    const { listener, local } = peer;
    return viewOf({ living, selfId: this.#own.id, agreed }, { listener, local, clientId });
  }

  /** Ends the beats and takes the gateway out: others see it with their next beat. Failures are told, not thrown. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#beating;
    try {
      await this.#items.withdraw(this.#own);
    } catch (error) {
      this.#services.onError(error, 'leaving the cluster');
    }
  }

  /** Beats until the gateway leaves. */
  async #beat(): Promise<void> {
    const { clock, onError } = this.#services;
    const { signal } = this.#leaving;
    for (let failing = false; ; ) {
      try {
        await clock.sleep(BEAT_MS, signal);
        if (!(await this.#items.beat(this.#own, clock.nowMs()))) await this.#comeBack();
        await this.#look();
        failing = false;
      } catch (error) {
        if (error instanceof AbortedError) return;
        if (!failing) onError(error, 'telling other gateways that this one lives');
        failing = true;
      }
    }
  }

  /** The item is gone, or another's: too long nothing was heard of us. We come back as somebody new. */
  async #comeBack(): Promise<void> {
    const former = this.#own;
    this.#own = await claimed(this.#services, former, { byName: false });
    // Clients ask before the next look, too: as somebody that is in no list, there would be nothing to tell them.
    this.#saw(this.#seen.living.filter(({ id }) => id !== former.id));
  }

  async #look(): Promise<void> {
    const { clock } = this.#services;
    const records = await this.#items.list();
    const monotonicMs = clock.monotonicMs();
    this.#saw(this.#liveness.living({ records, nowMs: clock.nowMs(), monotonicMs }));
  }

  /** Goes by these gateways from now on, and by this one. */
  #saw(gateways: readonly GatewayRecord[]): void {
    const monotonicMs = this.#services.clock.monotonicMs();
    const others = gateways.filter(({ id }) => id !== this.#own.id);
    const living = [...others, this.#own].sort((a, b) => a.id - b.id);
    const sinceMs = sameGateways(living, this.#seen.living) ? this.#seen.sinceMs : monotonicMs;
    this.#seen = { living, atMs: monotonicMs, sinceMs };
  }
}

function sameGateways(a: readonly GatewayRecord[], b: readonly GatewayRecord[]): boolean {
  return a.length === b.length && a.every(({ id, run }, i) => b[i]!.id === id && b[i]!.run === run);
}

/**
 * Takes an id: the one that a former run of this gateway has left behind (`byName`), or the lowest that is free.
 * @throws StoreError
 */
async function claimed(
  { items, clock, random }: ClusterServices,
  wanted: GatewayRecord,
  { byName }: { byName: boolean },
): Promise<GatewayRecord> {
  const gateways = new GatewayItems(items);
  for (let tried = 1; tried <= CLAIMS_MAX; tried++) {
    const there = await gateways.list();
    // An attempt whose answer was lost may have had its effect.
    const mine = there.find(({ run }) => run === wanted.run);
    if (mine) return mine;
    const former = byName ? there.find(({ name }) => name === wanted.name) : undefined;
    const { id, dead } = former ? { id: former.id, dead: former } : lowestFree(there, clock.nowMs());
    const record = { ...wanted, id, beats: 0, beatAtMs: clock.nowMs() };
    try {
      if (await gateways.claim(record, dead)) return record;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'store_unknown') throw error;
    }
    await clock.sleep(CLAIM_PAUSE_MS * random.next());
  }
  throw new StoreError('store_unavailable', `Others took the lowest free broker id ${CLAIMS_MAX} times in a row.`);
}

function lowestFree(
  there: readonly GatewayRecord[],
  nowMs: number,
): { readonly id: number; readonly dead: GatewayRecord | undefined } {
  const byId = new Map(there.map((record) => [record.id, record]));
  for (let id = 0; ; id++) {
    const dead = byId.get(id);
    if (!dead || nowMs - dead.beatAtMs >= REUSE_MS) return { id, dead };
  }
}
