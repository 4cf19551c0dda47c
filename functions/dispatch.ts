/**
 * Wakes the routes: reads from the table's stream which ledgers' heads changed, and which routes did, and has each route
 * that may have something to deliver delivered for, unless somebody is at it. A record that comes twice, or late, wakes in
 * vain and does no harm; one that is lost is found by the sweep of `tend`.
 */
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { type LedgerRef, ledgerOfHead } from '../lib/log/index.ts';
import { routeOfItem } from '../lib/route/index.ts';
import { type invoke, startDeliveries } from './invoke.ts';
import { logFailure, logger } from './logger.ts';
import { type Opened, open } from './open.ts';
import { keepTicking, type RuleSwitch } from './tick.ts';

/** What dispatching calls; those of AWS unless given. */
export interface DispatchCalls {
  readonly start?: typeof invoke;
  readonly rules?: RuleSwitch;
}

export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  await dispatch(event, await open());
}

/**
 * Starts deliveries, and sees to it that the minute tick is on: it is what mends all else. Deliveries that could not be
 * started are left to it: failing, this batch of the stream would come again and hold up the wake-ups of all routes.
 *
 * @throws Error where the routes cannot be read, or the tick cannot be switched on
 */
export async function dispatch(
  event: DynamoDBStreamEvent,
  { platform, environment }: Opened,
  { start, rules }: DispatchCalls = {},
): Promise<void> {
  const { ledgers, routes } = changesIn(event);
  if (ledgers.length === 0 && routes.length === 0) return;
  const starting = async () => {
    const works = await platform.routes.onDemand.readersOf(ledgers, routes);
    await startDeliveries(works, environment.deliverFunction, start).catch((thrown: unknown) =>
      logFailure(thrown, 'Starting deliveries'),
    );
    logger.debug('Dispatched', { ledgers: ledgers.length, routes: routes.length, deliveries: works.length });
  };
  // Neither is left under way when the other fails: nothing runs between invocations.
  const ended = await Promise.allSettled([keepTicking(platform, environment, rules), starting()]);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** The ledgers whose heads, and the routes whose items, are among the records, each once. Only keys are looked at. */
export function changesIn({ Records }: DynamoDBStreamEvent): { ledgers: LedgerRef[]; routes: string[] } {
  const ledgers = new Map<string, LedgerRef>();
  const routes = new Set<string>();
  for (const { dynamodb } of Records) {
    const [pk, sk] = [dynamodb?.Keys?.pk?.S, dynamodb?.Keys?.sk?.S];
    if (pk === undefined || sk === undefined) continue;
    const ledger = ledgerOfHead({ pk, sk });
    if (ledger) ledgers.set(pk, ledger);
    const route = routeOfItem({ pk, sk });
    if (route !== undefined) routes.add(route);
  }
  return { ledgers: [...ledgers.values()], routes: [...routes] };
}
