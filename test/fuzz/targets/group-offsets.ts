import { GroupError } from '../../../lib/group/index.ts';
import { parseOffsetsItem } from '../../../lib/group/offsets-item.ts';
import type { Target } from '../target.ts';
import { changedText, itemOf, itemText, JSON_WORDS } from './items.ts';
import { isLogCorrupt, TOPIC_ID } from './ledgers.ts';

export const target: Target = {
  name: 'group-offsets',
  seeds: () => ({
    'one-partition': itemText({ n: 'orders', p0: { o: 7, t: 1_767_225_600_000 } }),
    'metadata-and-transaction': itemText({
      n: 'orders',
      p31: { o: 0, t: 1, m: 'so far', e: 0 },
      'x7.1.3': { o: 5, m: 'to be' },
    }),
  }),
  words: [...JSON_WORDS, '"n"', '"p0"', '"p99"', '"o"', '"t"', '"m"', '"e"', '"x7.1.3"'],
  change: changedText(['n', 'p0', 'p99', 'o', 't', 'm', 'e']),
  take(text) {
    const item = itemOf(text);
    if (item) parseOffsetsItem(`offsets/${TOPIC_ID}/00000`, item);
    return undefined;
  },
  /** Names of transactions are the log's notation, and so is what is wrong with one. */
  isClean: (error) => (error instanceof GroupError && error.code === 'group_corrupt') || isLogCorrupt(error),
};
