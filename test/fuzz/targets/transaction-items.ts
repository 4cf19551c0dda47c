import { TransactionError } from '../../../lib/txn/index.ts';
import type { TransactionState } from '../../../lib/txn/state.ts';
import { parseTransaction, transactionItem } from '../../../lib/txn/transaction-item.ts';
import type { Target } from '../target.ts';
import { changedText, itemOf, itemText, JSON_WORDS } from './items.ts';
import { TOPIC_ID } from './ledgers.ts';

const STATE: TransactionState = {
  producerId: 1_000,
  epoch: 2,
  last: { producerId: -1, epoch: -1, ended: false },
  timeoutMs: 60_000,
  status: 'open',
  begunMs: 1_767_225_600_000,
  updatedMs: 1_767_225_600_500,
  ledgers: new Map([[`${TOPIC_ID}/0`, { ledger: { topicId: TOPIC_ID, index: 0 }, width: 32, slots: [0, 3] }]]),
  topics: new Map([[TOPIC_ID, 'orders']]),
  groups: new Map([['g', [`${TOPIC_ID}/0`]]]),
  ending: undefined,
};
const ENDING: TransactionState = {
  ...STATE,
  last: { producerId: 1_000, epoch: 1, ended: true },
  status: 'ending',
  ending: { transaction: { producerId: 1_000, epoch: 2 }, outcome: 'abort', markerEpoch: 2, token: 7, decided: true },
};

export const target: Target = {
  name: 'transaction-items',
  seeds: () => ({
    open: itemText(transactionItem({ version: 5, state: STATE, listed: false })),
    'ending-with-abort': itemText(transactionItem({ version: 5, state: ENDING, listed: true })),
  }),
  words: [...JSON_WORDS, '"v"', '"s"', '"l"', '"x"', '"d"', '"g"', '"ttl"'],
  change: changedText(['v', 'p', 's', 'o', 'c', 'x', 'l', 'g', 'd', 'hex', 'ff']),
  take(text) {
    const item = itemOf(text);
    return item && itemText(transactionItem(parseTransaction('id', item)));
  },
  isClean: (error) => error instanceof TransactionError && error.code === 'transaction_corrupt',
};
