/**
 * Wakes the routes: reads which ledgers' heads changed from the table's stream, and has each route that reads them
 * delivered for, unless somebody is at it. A record that comes twice, or late, wakes in vain and does no harm; one that is
 * lost is found by the sweep of `tend`.
 */
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { type LedgerRef, ledgerOfHead } from '../lib/log/index.ts';
import { startDeliveries } from './invoke.ts';
import { logger } from './logger.ts';
import { open } from './open.ts';
import { keepTicking } from './tick.ts';

export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const ledgers = changedLedgers(event);
  if (ledgers.length === 0) return;
  const { platform, environment } = await open();
  // Whatever becomes of the routes, the minute tick must be on: it is what mends all else.
  const ticking = keepTicking(platform, environment);
  const works = await platform.routes.onDemand.readersOf(ledgers);
  await startDeliveries(works, environment.deliverFunction);
  await ticking;
  logger.debug('Dispatched', { ledgers: ledgers.length, deliveries: works.length });
}

/** The ledgers whose heads are among the records, each once. Of records, only the keys are needed. */
export function changedLedgers({ Records }: DynamoDBStreamEvent): LedgerRef[] {
  const changed = new Map<string, LedgerRef>();
  for (const { dynamodb } of Records) {
    const [pk, sk] = [dynamodb?.Keys?.pk?.S, dynamodb?.Keys?.sk?.S];
    const ledger = pk !== undefined && sk !== undefined ? ledgerOfHead({ pk, sk }) : undefined;
    if (pk !== undefined && ledger) changed.set(pk, ledger);
  }
  return [...changed.values()];
}
