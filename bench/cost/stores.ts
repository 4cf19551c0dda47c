import { parseObjectKey } from '../../lib/log/index.ts';
import {
  type ItemKey,
  type MetaStore,
  type MeteredStores,
  type Meters,
  memoryStores,
  meteredStores,
  type ObjectStore,
  SMALL_OBJECT_BYTES_MAX,
  type Stores,
} from '../../lib/store/index.ts';

/** What an item is, by its key: the table in docs/architecture.md. Objects of S3 are a kind of their own. */
export const KINDS = [
  'object',
  'small object',
  'head',
  'page',
  'condemned',
  'lease',
  'offsets',
  'membership',
  'instance',
  'topic',
  'route',
  'other',
] as const;

export type Kind = (typeof KINDS)[number];

/** Counted calls, by the kind of what they are about. A transaction counts under its last write: the first is its fence. */
export type MetersByKind = Partial<Record<Kind, Meters>>;

/** Whether a segment object is kept as an item, as `openBucketStores` has it. */
export function isSmall(key: string): boolean {
  return (parseObjectKey(key)?.sizeBytes ?? Number.POSITIVE_INFINITY) <= SMALL_OBJECT_BYTES_MAX;
}

/** The kind of an item. @example kindOf('ledger/01J/0', 'head') // 'head' */
export function kindOf(pk: string, sk: string | undefined): Kind {
  const [first] = pk.split('/');
  if (first === 'ledger') return sk === 'head' ? 'head' : 'page';
  if (first === 'object') return 'small object';
  if (first === 'condemned') return 'condemned';
  if (first === 'topics') return 'topic';
  if (first === 'routes') return 'route';
  if (first === 'route') return 'lease';
  if (first !== 'group') return 'other';
  if (sk?.startsWith('offsets')) return 'offsets';
  return sk?.startsWith('instance') ? 'instance' : 'membership';
}

/** One place for all functions' bytes and items, of which each sees its own counted view. */
export class SharedStores {
  readonly #memory = memoryStores();
  readonly #onHead: (key: ItemKey) => void;

  /** `onHead` is told of every write of a ledger's head, as the table's stream would. */
  constructor(onHead: (key: ItemKey) => void) {
    this.#onHead = onHead;
  }

  view(): { readonly stores: Stores; readonly meters: () => MetersByKind; readonly reset: () => void } {
    const metered = new Map<Kind, MeteredStores>();
    const of = (kind: Kind): MeteredStores => {
      let own = metered.get(kind);
      if (!own) {
        own = meteredStores(this.#memory);
        metered.set(kind, own);
      }
      return own;
    };
    const itemsOf = ({ pk, sk }: ItemKey) => of(kindOf(pk, sk)).items;
    const items: MetaStore = {
      get: (key, options) => itemsOf(key).get(key, options),
      getMany: (keys, options) => (keys[0] ? itemsOf(keys[0]).getMany(keys, options) : Promise.resolve([])),
      query: (pk, options) => of(kindOf(pk, options?.prefix)).items.query(pk, options),
      write: async (write) => {
        const answer = await itemsOf(write.key).write(write);
        if (answer.applied && kindOf(write.key.pk, write.key.sk) === 'head') this.#onHead(write.key);
        return answer;
      },
      transact: (writes) => itemsOf(writes.at(-1)!.key).transact(writes),
    };
    const objects: ObjectStore = of('object').objects;
    return {
      stores: { objects, items, close: async () => {} },
      meters: () => Object.fromEntries([...metered].map(([kind, own]) => [kind, own.meters()])),
      reset: () => {
        for (const own of metered.values()) own.reset();
      },
    };
  }
}
