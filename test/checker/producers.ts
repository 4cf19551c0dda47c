import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Init, Operation } from './history.ts';

/** Of a transactional id, the producer that asked last is the only one: what others ask for from then on is refused. */
export function checkProducers({ history, fates }: Evidence): Finding[] {
  const inits = history.operations.filter((one) => one.kind === 'init' && one.outcome === 'ok') as Operation<Init>[];
  const byId = Map.groupBy(inits, ({ transactionalId }) => transactionalId);
  const findings: Finding[] = [];
  for (const { transaction, sends, commits, ends } of fates) {
    const { transactionalId, producerId, epoch } = transaction;
    const all = transactionalId === undefined ? [] : (byId.get(transactionalId) ?? []);
    const own = all.find((init) => init.producerId === producerId && init.epoch === epoch);
    if (!own) continue;
    const fence = all.find(({ invoked }) => invoked > own.ended);
    if (!fence) continue;
    for (const operation of [...sends, ...commits, ...ends]) {
      if (operation.outcome !== 'ok' || operation.invoked < fence.ended) continue;
      const says = `${operation.process}'s ${operation.kind} of transaction ${transaction.id} was accepted`;
      const whose = `${transactionalId} was producer ${fence.producerId}, epoch ${fence.epoch}, by then`;
      findings.push({
        anomaly: 'fenced-producer',
        says: `${says}; ${whose}`,
        operations: [own.id, fence.id, operation.id],
      });
    }
  }
  return findings;
}
