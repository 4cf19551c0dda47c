import type { Clock } from '../bytes/index.ts';
import { type MetaStore, StoreError } from '../store/index.ts';
import { deleteAcl, putAcl, readAcls } from './acl-item.ts';
import { BindingsIndex } from './bindings-index.ts';
import { checkBinding } from './check.ts';
import { AuthError } from './errors.ts';
import { matches } from './filter.ts';
import { type AclBinding, type AclFilter, ANY_ACL } from './model.ts';

/** What was read of the bindings serves so long: another process's change is seen by then. */
export const ACLS_FRESH_MS = 5_000;
/** While the store can't be read, what was read last serves this long; then everything is refused. */
export const ACLS_STALE_MS_MAX = 60_000;
/** All are read every few seconds and held: 10,000 are 1.5 MB, and some 200 read units. Kafka's clusters have hundreds. */
export const ACLS_MAX = 10_000;
/** Single writes under way at once. */
const WRITES_AT_ONCE = 25;

interface Snapshot {
  readonly index: BindingsIndex;
  /** When its reading began: what was written after that may be missing in it. */
  readonly asOf: Moment;
}

/** Both clocks: a frozen Lambda's monotonic one may have stood still, and wall time may be set back. */
interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * The access rules that are stored, and what was read of them. Making and deleting are idempotent; a change counts in this
 * process when its promise resolves, in others within ACLS_FRESH_MS.
 *
 * @example
 * const acls = new Acls({ items, clock });
 * await acls.create([{
 *   resource: { type: 'TOPIC', pattern: 'PREFIXED', name: 'orders.' },
 *   principal: 'User:role/Billing', host: '*', operation: 'READ', permission: 'ALLOW',
 * }]);
 */
export class Acls {
  readonly #items: MetaStore;
  readonly #clock: Clock;
  #snapshot: Snapshot | undefined;
  /** The reading under way, which everybody waits for who comes meanwhile. */
  #reading: Promise<Snapshot> | undefined;
  /** Own changes so far: a reading that began before one does not count. */
  #changes = 0;

  constructor(parts: { items: MetaStore; clock: Clock }) {
    this.#items = parts.items;
    this.#clock = parts.clock;
  }

  /**
   * Makes bindings; those that are there already stay. All are checked before the first is written; a failure in between
   * leaves some of them made, and the same call again makes the rest.
   *
   * @throws AuthError acl_invalid, acls_full; StoreError
   */
  async create(bindings: readonly AclBinding[]): Promise<void> {
    for (const binding of bindings) checkBinding(binding);
    const all = new Set((await readAcls(this.#items)).map(textOf));
    const fresh = bindings.filter((binding) => {
      const text = textOf(binding);
      return !all.has(text) && all.add(text);
    });
    if (fresh.length > 0 && all.size > ACLS_MAX) {
      throw new AuthError(
        'acls_full',
        `There would be ${all.size} bindings, and at most ${ACLS_MAX} can be kept. Use prefixes, or "*".`,
      );
    }
    await this.#change(fresh, (binding) => putAcl(this.#items, binding));
  }

  /** Deletes every binding that one of the filters means, and answers those, per filter. @throws StoreError */
  async delete(filters: readonly AclFilter[]): Promise<AclBinding[][]> {
    const all = (await readAcls(this.#items)).sort(byText);
    const found = filters.map((filter) => all.filter((binding) => matches(filter, binding)));
    await this.#change([...new Set(found.flat())], (binding) => deleteAcl(this.#items, binding));
    return found;
  }

  /** The bindings that the filter means, as they are stored now, in a fixed order. @throws StoreError */
  async list(filter: AclFilter = ANY_ACL): Promise<AclBinding[]> {
    return (await readAcls(this.#items)).filter((binding) => matches(filter, binding)).sort(byText);
  }

  /**
   * All bindings, at most ACLS_FRESH_MS old; where the store does not answer, at most ACLS_STALE_MS_MAX.
   * @throws StoreError where nothing that young is known: whoever asks must refuse then
   */
  async current(): Promise<BindingsIndex> {
    const known = this.#snapshot;
    if (known && this.#ageMs(known) < ACLS_FRESH_MS) return known.index;
    try {
      return (await this.#read()).index;
    } catch (error) {
      const last = this.#snapshot;
      if (error instanceof StoreError && last && this.#ageMs(last) < ACLS_STALE_MS_MAX) return last.index;
      throw error;
    }
  }

  /** The larger of what the two clocks say. */
  #ageMs({ asOf }: Snapshot): number {
    const { wallMs, monotonicMs } = this.#now();
    return Math.max(monotonicMs - asOf.monotonicMs, Math.abs(wallMs - asOf.wallMs));
  }

  #now(): Moment {
    return { wallMs: this.#clock.nowMs(), monotonicMs: this.#clock.monotonicMs() };
  }

  #read(): Promise<Snapshot> {
    if (this.#reading) return this.#reading;
    const reading = this.#load().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  async #load(): Promise<Snapshot> {
    const changes = this.#changes;
    const asOf = this.#now();
    const snapshot = { index: new BindingsIndex(await readAcls(this.#items)), asOf };
    if (changes === this.#changes) this.#snapshot = snapshot;
    return snapshot;
  }

  async #change(bindings: readonly AclBinding[], write: (binding: AclBinding) => Promise<void>): Promise<void> {
    try {
      for (let from = 0; from < bindings.length; from += WRITES_AT_ONCE) {
        await Promise.all(bindings.slice(from, from + WRITES_AT_ONCE).map(write));
      }
    } finally {
      // Even a failed write may have had its effect: what was read before it serves no more.
      this.#changes++;
      this.#snapshot = undefined;
      this.#reading = undefined;
    }
  }
}

function byText(a: AclBinding, b: AclBinding): number {
  const [left, right] = [textOf(a), textOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** All that a binding says, in the order in which bindings are listed; no name has the character between its parts. */
function textOf({ resource, principal, host, operation, permission }: AclBinding): string {
  return [resource.type, resource.name, resource.pattern, principal, host, operation, permission].join('\0');
}
