import { emptyHead, headItem, parseHead, tailBases } from '../../../lib/log/head.ts';
import type { Target } from '../target.ts';
import { changedText, itemOf, itemText, JSON_WORDS } from './items.ts';
import { COMMITS, isLogCorrupt } from './ledgers.ts';

export const target: Target = {
  name: 'ledger-heads',
  seeds: () => {
    const open = { partitions: [{ producerId: 7, epoch: 1, slot: 3, firstOffset: 5 }], decidedBy: new Map() };
    const sums = { sums: [1, 2, 3, 2 ** 40], order: { first: 7, second: 9 }, rewrites: 2 };
    const head = { ...emptyHead(4), ...sums, nextOffsets: [7, 0, 0, 90], logStarts: [1, 0, 0, 2], tail: [COMMITS[0]!] };
    const transactions = { ...head, fence: 2, pages: 3, firstPage: 1, open };
    return {
      empty: itemText(headItem(emptyHead(32))),
      'tail-and-sums': itemText(headItem(head)),
      'before-sums': itemText(headItem({ ...head, rewrites: undefined })),
      'open-transactions': itemText(headItem(transactions)),
    };
  },
  words: [...JSON_WORDS, '"n"', '"p0"', '"p31"', '"p32"', '"t"', '"x7.1.3"', '"w7.1"', '"x7.1.w"'],
  change: changedText(['n', 'p0', 'p32', 't', 'x7.1.3', 'w7.1', 'hex', 'ff']),
  take(text) {
    const item = itemOf(text);
    if (!item) return undefined;
    const head = parseHead(item);
    tailBases(head);
    return itemText(headItem(head));
  },
  isClean: isLogCorrupt,
};
