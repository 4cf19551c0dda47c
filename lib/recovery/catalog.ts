import { createHash } from 'node:crypto';
import { ACLS_PK, QUOTAS_PK, USERS_PK } from '../auth/index.ts';
import { type Clock, newUlid, parseUlid, type Random, ulidText, ulidTimeMs } from '../bytes/index.ts';
import { DECLARED_PK } from '../declaration/index.ts';
import { groupPk, OFFSETS_PREFIX, REGISTRY_PK, withoutPending } from '../group/index.ts';
import type { Log, TopicLayout } from '../log/index.ts';
import { ROUTES_PK } from '../route/index.ts';
import {
  decodeItems,
  eachItem,
  encodeItems,
  type KeyedItem,
  type MetaStore,
  type ObjectStore,
  StoreError,
} from '../store/index.ts';
import { TOPICS_PK } from '../topic/index.ts';

/** Names, settings and offsets that are younger than this are lost with the items. A put and a read of all groups each. */
const CATALOG_EVERY_MS = 5 * 60_000;
/** The last one is what a rebuild goes by; those before stand in for one that is damaged. */
const CATALOGS_KEPT = 3;
/** Left by writers that stopped before they had deleted the old ones; more than this go next time. */
const CATALOGS_LISTED = 100;

const PREFIX = 'catalog/';
/** Which catalog was written last: k its key, d the digest of its content, t when that was last looked at (ms). */
const LAST = { pk: 'upkeep', sk: 'catalog' } as const;

/** Small items of which all are kept. Leases, members and remembered answers end by themselves. */
export const KEPT_PKS = [TOPICS_PK, ROUTES_PK, ACLS_PK, USERS_PK, QUOTAS_PK, DECLARED_PK, REGISTRY_PK];

/** A catalog as it was read. */
export interface Catalog {
  readonly key: string;
  /** When it was made, by the clock of its maker. */
  readonly madeMs: number;
  readonly items: readonly KeyedItem[];
}

/**
 * Copies of what the segment objects do not tell, kept in the object store: topics, routes, access rules, users, quotas, what
 * is declared, committed offsets; and of each ledger its head and the pages that are not merged yet. Objects
 * `catalog/<ULID>`, readable with `zcat`; they hold the secrets that routes hold, and what passwords are checked by, as the
 * table does.
 */
export class Catalogs {
  readonly #parts: { objects: ObjectStore; items: MetaStore; log: Log; clock: Clock; random: Random };
  /** One after the other: what had looked before a collection must not become the newest behind it. */
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(parts: { objects: ObjectStore; items: MetaStore; log: Log; clock: Clock; random: Random }) {
    this.#parts = parts;
  }

  /**
   * Writes a catalog, unless nothing has changed, or (`now` aside) the last look is a few minutes ago.
   *
   * Units: a read of the last one's note; when due a read of each head and of each group's offsets, and one put.
   */
  keep(topics: readonly TopicLayout[], { now = false } = {}): Promise<{ readonly written: boolean }> {
    const kept = this.#keeping.then(() => this.#keep(topics, now));
    this.#keeping = kept.catch(() => {});
    return kept;
  }

  async #keep(topics: readonly TopicLayout[], now: boolean): Promise<{ readonly written: boolean }> {
    const { items, clock } = this.#parts;
    const last = await items.get(LAST);
    const nowMs = clock.nowMs();
    const sinceMs = nowMs - Number(last?.t ?? 0);
    // A clock that was ahead must not keep catalogs from being made.
    if (!now && sinceMs >= 0 && sinceMs < CATALOG_EVERY_MS) return { written: false };
    const content = await this.#content(topics);
    if (content.length === 0 && !last) return { written: false };
    const bytes = await encodeItems(content);
    const digest = createHash('sha256').update(bytes).digest('base64url');
    const written = digest !== last?.d;
    const key = written ? await this.#put(bytes) : String(last?.k);
    await items.write({ write: 'put', key: LAST, item: { k: key, d: digest, t: nowMs } });
    return { written };
  }

  /** All catalogs that can be read, newest first; the others are told to `unreadable`. */
  async read(unreadable: (key: string) => void = () => {}): Promise<Catalog[]> {
    const { objects } = this.#parts;
    const found: Catalog[] = [];
    for (const key of await this.#keys()) {
      try {
        const madeMs = ulidTimeMs(parseUlid(key.slice(PREFIX.length))!);
        found.push({ key, madeMs, items: await decodeItems(await objects.get(key), key) });
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'store_corrupt') throw error;
        unreadable(key);
      }
    }
    return found;
  }

  /** Deletes all catalogs but the newest ones. */
  async prune(keep = CATALOGS_KEPT): Promise<void> {
    const keys = await this.#keys();
    if (keys.length > keep) await this.#parts.objects.delete(keys.slice(keep));
  }

  async #put(bytes: Uint8Array): Promise<string> {
    const { objects, clock, random } = this.#parts;
    const key = PREFIX + ulidText(newUlid(clock.nowMs(), random));
    await objects.put(key, [bytes]);
    await this.prune();
    return key;
  }

  /** Newest first. Below the same prefix lie copies of pages, whose keys come behind: a ULID begins with a digit. */
  async #keys(): Promise<string[]> {
    const found = await this.#parts.objects.list(PREFIX, { limit: CATALOGS_LISTED });
    const keys = found.map(({ key }) => key).filter((key) => parseUlid(key.slice(PREFIX.length)));
    return keys.sort().reverse();
  }

  /** Offsets are read before heads: so none lies behind the end of the log that a rebuild gives back. */
  async #content(topics: readonly TopicLayout[]): Promise<KeyedItem[]> {
    const kept: KeyedItem[] = [];
    for (const pk of KEPT_PKS) kept.push(...(await this.#all(pk)));
    const groups = kept.filter(({ key }) => key.pk === REGISTRY_PK).map(({ key }) => key.sk);
    for (const group of groups) {
      const offsets = await this.#all(groupPk(group), OFFSETS_PREFIX);
      // Whatever transactions are open now are not known to a rebuild: it aborts them.
      kept.push(...offsets.map(({ key, item }) => ({ key, item: withoutPending(item) })));
    }
    return [...kept, ...(await this.#parts.log.snapshotLedgers(topics))];
  }

  async #all(pk: string, prefix = ''): Promise<KeyedItem[]> {
    const found: KeyedItem[] = [];
    for await (const { sk, item } of eachItem(this.#parts.items, pk, prefix)) found.push({ key: { pk, sk }, item });
    return found;
  }
}
