import { pageBytes, pageEnds, pageItem, parsePage } from '../../../lib/log/page.ts';
import type { Target } from '../target.ts';
import { isLogCorrupt, PAGES } from './ledgers.ts';

export const target: Target = {
  name: 'ledger-pages',
  seeds: () => ({
    'before-sums': pageItem(PAGES[0]!).d as Uint8Array,
    'open-and-sums': pageItem(PAGES[1]!).d as Uint8Array,
  }),
  take(bytes) {
    const page = parsePage({ v: 1, d: bytes }, 'ledger/x/0/page/0');
    // What readers do with every page.
    pageEnds(page);
    pageBytes(page);
    return pageItem(page).d as Uint8Array;
  },
  isClean: isLogCorrupt,
};
