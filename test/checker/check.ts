import { checkCycles } from './cycles.ts';
import { gatherEvidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { History } from './history.ts';
import { checkKeys } from './keys.ts';
import { checkLosses, Expected } from './losses.ts';
import { checkMembers } from './members.ts';
import { checkOffsets } from './offsets.ts';
import type { CheckOptions } from './options.ts';
import { checkPlaces } from './places.ts';
import { checkPolls } from './polls.ts';
import { checkProcessed } from './processed.ts';
import { checkProducers } from './producers.ts';
import { checkSends } from './sends.ts';

/**
 * Everything in a history that cannot be. What nobody knows (`info`) is given the benefit of the doubt; consumers may
 * leave records out, and see them again, across an `assign` or a `revoke`. End a history with a `read` of every
 * partition: without one, only what some consumer went past counts as lost. Takes n log n of the records in it.
 *
 * @example
 * const findings = check(recorder.history());
 * expect(findings, formatFindings(history, findings)).toEqual([]);
 */
export function check(history: History, options: CheckOptions = {}): Finding[] {
  const evidence = gatherEvidence(history);
  const expected = new Expected(evidence, options);
  return [
    ...checkPlaces(evidence),
    ...checkLosses(evidence, expected),
    ...checkKeys(evidence, expected, options),
    ...checkPolls(evidence, expected),
    ...checkSends(evidence),
    ...checkCycles(evidence, options),
    ...checkProducers(evidence),
    ...checkMembers(evidence),
    ...checkProcessed(evidence, expected, options),
    ...checkOffsets(evidence),
  ];
}
