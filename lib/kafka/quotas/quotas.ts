import {
  changeQuota,
  type Entity,
  entityText,
  type Quota,
  type QuotaKey,
  type QuotaValues,
  readQuotas,
} from '../../auth/index.ts';
import type { Clock } from '../../bytes/index.ts';
import type { MetaStore } from '../../store/index.ts';
import { Rate } from './rate.ts';

/** What was read of the quotas serves so long: another gateway's change counts by then. */
export const QUOTAS_FRESH_MS = 5_000;
/** Rates that are measured at once: beyond, those that nothing was added to lately are dropped. Some 500 bytes each. */
const RATES_MAX = 10_000;
/** A request that took long to serve holds its client up for a second at most. Source: ClientRequestQuotaManager. */
const REQUEST_THROTTLE_MS_MAX = 1_000;

/** Who asks: the user's name without `User:`, and the client id. */
export interface Asker {
  readonly user: string;
  readonly clientId: string;
}

/** What a request took: bytes produced or fetched, and time of the processor in ms. */
export type Usage = readonly [QuotaKey, number][];

interface Limit {
  readonly perSecond: number;
  /** Askers of the same are measured together. */
  readonly measuredAs: string;
}

export class Quotas {
  readonly #items: MetaStore;
  readonly #clock: Clock;
  readonly #onError: (error: unknown, doing: string) => void;
  #byEntity: ReadonlyMap<string, QuotaValues> = new Map();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  readonly #rates = new Map<string, Rate>();

  constructor(parts: { items: MetaStore; clock: Clock; onError: (error: unknown, doing: string) => void }) {
    this.#items = parts.items;
    this.#clock = parts.clock;
    this.#onError = parts.onError;
  }

  /** All quotas, as they are stored now. @throws StoreError */
  async list(): Promise<Quota[]> {
    return (await readQuotas(this.#items)).sort((a, b) => (entityText(a.entity) < entityText(b.entity) ? -1 : 1));
  }

  /** Sets and removes (undefined) numbers of an entity. They count here at once, elsewhere within QUOTAS_FRESH_MS. */
  async alter(entity: Entity, changes: ReadonlyMap<QuotaKey, number | undefined>): Promise<void> {
    try {
      await changeQuota(this.#items, entity, changes);
    } finally {
      await this.#read();
    }
  }

  /**
   * Notes what a request took, and tells for how many ms its client is to wait; 0 where it may go on. Quotas that cannot be
   * read anew stay as they were: what they protect is worth less than what they would stop.
   */
  throttleMs(asker: Asker, usage: Usage): number {
    this.#refresh();
    if (this.#byEntity.size === 0) return 0;
    const nowMs = this.#clock.monotonicMs();
    const waits = usage.map(([key, amount]) => this.#throttleMs(key, asker, amount, nowMs));
    return Math.ceil(Math.max(0, ...waits));
  }

  #throttleMs(key: QuotaKey, asker: Asker, amount: number, nowMs: number): number {
    const limit = this.#limit(key, asker);
    if (!limit) return 0;
    const name = `${key} ${limit.measuredAs}`;
    const rate = this.#rates.get(name) ?? this.#newRate(name, nowMs);
    if (key !== 'request_percentage') return rate.add(amount, nowMs, limit.perSecond);
    // A percent of a second is 10 ms.
    return Math.min(rate.add(amount / 10, nowMs, limit.perSecond), REQUEST_THROTTLE_MS_MAX);
  }

  /** The first that there is of these. Source: Kafka's ClientQuotaManager, DefaultQuotaCallback.findQuota. */
  #limit(key: QuotaKey, { user, clientId }: Asker): Limit | undefined {
    const both: Entity = { user, clientId };
    const tries: readonly (readonly [Entity, Entity])[] = [
      [both, both],
      [{ user, clientId: null }, both],
      [{ user }, { user }],
      [{ user: null, clientId }, both],
      [{ user: null, clientId: null }, both],
      [{ user: null }, { user }],
      [{ clientId }, { clientId }],
      [{ clientId: null }, { clientId }],
    ];
    for (const [entity, measured] of tries) {
      const perSecond = this.#byEntity.get(entityText(entity))?.[key];
      if (perSecond !== undefined) return { perSecond, measuredAs: entityText(measured) };
    }
    return undefined;
  }

  #newRate(name: string, nowMs: number): Rate {
    if (this.#rates.size >= RATES_MAX) {
      for (const [old, rate] of this.#rates) if (rate.isOver(nowMs)) this.#rates.delete(old);
      for (const old of this.#rates.keys()) {
        if (this.#rates.size < RATES_MAX) break;
        this.#rates.delete(old);
      }
    }
    const rate = new Rate();
    this.#rates.set(name, rate);
    return rate;
  }

  #refresh(): void {
    if (this.#reading || this.#clock.monotonicMs() - this.#readAtMs < QUOTAS_FRESH_MS) return;
    this.#read().catch((error: unknown) => this.#onError(error, 'reading quotas'));
  }

  /** A reading that begins while another is under way begins anew behind it: it is to see what was just written. */
  #read(): Promise<void> {
    const before = this.#reading;
    const reading = (async () => {
      await before?.catch(() => undefined);
      this.#readAtMs = this.#clock.monotonicMs();
      const quotas = await readQuotas(this.#items);
      this.#byEntity = new Map(quotas.map(({ entity, values }) => [entityText(entity), values]));
    })().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }
}
