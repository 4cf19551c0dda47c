import type { Acls } from '../auth/index.ts';
import type { Clock, Random } from '../bytes/index.ts';
import type { Groups } from '../group/index.ts';
import type { Routes } from '../route/index.ts';
import type { MetaStore } from '../store/index.ts';
import type { Events, Topics } from '../topic/index.ts';
import type { Transactions } from '../txn/index.ts';

/** All that the HTTP API stands on; a platform has it. */
export interface HttpServices {
  readonly topics: Topics;
  readonly events: Events;
  readonly groups: Groups;
  readonly routes: Routes;
  /** Asked whose transactions hold readers back. */
  readonly transactions: Pick<Transactions, 'openOfLate'>;
  readonly acls: Acls;
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
}
