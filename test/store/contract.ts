import type { Stores } from '../../lib/store/index.ts';
import { itemRules } from './contract-items.ts';
import { objectRules } from './contract-objects.ts';
import { updateRules } from './contract-updates.ts';
import { type Gaps, NO_GAPS } from './gaps.ts';

/** Opens empty stores; the suite closes them. */
export type OpenStores = () => Promise<Stores>;

/** The semantics of the ports, as tests that every implementation must pass. Call it within a `describe`. */
export function storeContract(open: OpenStores, gaps: Gaps = NO_GAPS): void {
  objectRules(open);
  itemRules(open, gaps);
  updateRules(open, gaps);
}
