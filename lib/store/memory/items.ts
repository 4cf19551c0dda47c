import type { Item, ItemKey, MetaStore } from '../port.ts';
import { checkLimit, QUERY_BYTES_MAX } from '../request.ts';
import { itemSizeBytes } from '../size.ts';
import { SortedMap } from '../sorted-map.ts';
import { checkKey, checkKeyPart, copyItem } from '../value.ts';
import { outcomeOf, outcomeOfAll, takeSingle, takeTransaction } from '../write.ts';

/** Items in memory. Each call takes effect at once and whole, in the order of the calls. */
export function memoryItems(checkOpen: () => void): MetaStore {
  const tables = new Map<string, SortedMap<Item>>();

  const read = (key: ItemKey): Item | undefined => tables.get(key.pk)?.get(key.sk);
  const store = (key: ItemKey, item: Item | undefined): void => {
    let table = tables.get(key.pk);
    if (item === undefined) {
      table?.delete(key.sk);
      if (table?.size === 0) tables.delete(key.pk);
      return;
    }
    if (!table) {
      table = new SortedMap();
      tables.set(key.pk, table);
    }
    table.set(key.sk, item);
  };

  return {
    async get(key) {
      checkOpen();
      checkKey(key);
      return copied(read(key));
    },
    async getMany(keys) {
      checkOpen();
      keys.forEach(checkKey);
      return keys.map((key) => copied(read(key)));
    },
    async query(pk, { prefix = '', after, limit, reverse = false } = {}) {
      checkOpen();
      checkKeyPart('pk', pk);
      const most = checkLimit(limit);
      const items: { sk: string; item: Item }[] = [];
      let bytes = 0;
      const table = tables.get(pk);
      for (const sk of table?.keys(prefix, after, reverse) ?? []) {
        if (items.length === most || bytes >= QUERY_BYTES_MAX) return { items, next: items.at(-1)!.sk };
        const item = table!.get(sk)!;
        bytes += itemSizeBytes({ pk, sk }, item);
        items.push({ sk, item: copyItem(item) });
      }
      return { items };
    },
    async write(write) {
      checkOpen();
      const taken = takeSingle(write);
      const before = read(taken.key);
      const { applied, after } = outcomeOf(taken, before);
      if (applied) store(taken.key, after);
      return { applied, old: copied(before) };
    },
    async transact(writes) {
      checkOpen();
      const taken = takeTransaction(writes);
      const { answer, after } = outcomeOfAll(
        taken,
        taken.map((write) => read(write.key)),
      );
      if (!answer.applied)
        return { applied: false, failed: answer.failed.map((why) => why && { item: copied(why.item) }) };
      taken.forEach((write, i) => {
        if (write.write !== 'check') store(write.key, after[i]);
      });
      return answer;
    },
  };
}

function copied(item: Item | undefined): Item | undefined {
  return item && copyItem(item);
}
