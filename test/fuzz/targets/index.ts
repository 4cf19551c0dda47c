/** All that is fuzzed, by name; each is loaded when it is asked for. */
import type { Target } from '../target.ts';

const TARGETS: Readonly<Record<string, () => Promise<{ target: Target }>>> = {
  'record-batches': () => import('./record-batches.ts'),
  compression: () => import('./compression.ts'),
  'kafka-requests': () => import('./kafka-requests.ts'),
  'kafka-responses': () => import('./kafka-responses.ts'),
  'kafka-sessions': () => import('./kafka-sessions.ts'),
  'http-bodies': () => import('./http-bodies.ts'),
  'connector-configs': () => import('./connector-configs.ts'),
  'filter-patterns': () => import('./filter-patterns.ts'),
  'topic-patterns': () => import('./topic-patterns.ts'),
  'segment-footers': () => import('./segment-footers.ts'),
  lineages: () => import('./lineages.ts'),
  'ledger-commits': () => import('./ledger-commits.ts'),
  'ledger-pages': () => import('./ledger-pages.ts'),
  'ledger-heads': () => import('./ledger-heads.ts'),
  'producer-snapshots': () => import('./producer-snapshots.ts'),
  'once-answers': () => import('./once-answers.ts'),
  'group-states': () => import('./group-states.ts'),
  'group-offsets': () => import('./group-offsets.ts'),
  'transaction-items': () => import('./transaction-items.ts'),
  catalogs: () => import('./catalogs.ts'),
};

export const TARGET_NAMES: readonly string[] = Object.keys(TARGETS);

export async function targetNamed(name: string): Promise<Target> {
  return (await TARGETS[name]!()).target;
}
