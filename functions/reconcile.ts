/**
 * What the stack declares becomes true: the custom resource that CloudFormation calls at each deployment, and what `tend`
 * does again each minute. Answers CloudFormation itself, always, before its time runs out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import * as z from 'zod';
import {
  type DeclarationServices,
  type DeclaredText,
  forgetTemplate,
  type ListedNames,
  parseDeclaration,
  type ReconcileReport,
  reconcile,
} from '../lib/declaration/index.ts';
import { type Answer, answer } from './custom-resource.ts';
import { logFailure, logger } from './logger.ts';
import { open } from './open.ts';
import { readParameters } from './parameters.ts';

/** Names that the template declares. CloudFormation passes other properties too, such as the service's token. */
const NAMES = z.array(z.string()).optional();
const PROPERTIES = z.object({ topics: NAMES, routes: NAMES, acls: NAMES });

/** Of an invocation's time: kept for ending in order, and, where even that hangs, for the answer. */
const STOP_MS = 15_000;
const ANSWER_MS = 10_000;
/** A parameter that was just written may be missing in what is read; seconds later it is there. */
const READS_MAX = 6;
const READ_PAUSE_MS = 1_000;

export interface ReconcileOptions {
  /** The names that a template lists; left out where somebody merely looks. */
  readonly listed?: ListedNames | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly read?: (path: string, options: { readonly signal?: AbortSignal | undefined }) => Promise<DeclaredText[]>;
  readonly pauseMs?: number;
}

/**
 * Reads what is declared below `path` and has it become true.
 *
 * @throws the SDK's errors where the parameters cannot be read: then nothing was changed; StoreError
 * @example
 * const { settled } = await reconcileFromParameters(platform, '/millrace/main', { signal });
 * for (const { why } of settled.filter(({ is }) => is === 'refused')) logger.warn(why);
 */
export async function reconcileFromParameters(
  services: DeclarationServices,
  path: string,
  { listed, signal, read = readParameters, pauseMs = READ_PAUSE_MS }: ReconcileOptions = {},
): Promise<ReconcileReport> {
  for (let reads = 1; ; reads++) {
    const readMs = services.clock.nowMs();
    const texts = await read(path, { signal });
    if (reads < READS_MAX && !signal?.aborted && isLate(texts, listed)) {
      await sleep(pauseMs);
      continue;
    }
    const declaration = parseDeclaration(texts, { readMs, listed });
    return reconcile(services, declaration, { ...(signal && { signal }) });
  }
}

/** Whether a listed name has no parameter yet. */
function isLate(texts: readonly DeclaredText[], listed: ListedNames | undefined): boolean {
  const there = new Set(texts.map(({ name }) => name));
  const wanted = Object.entries(listed ?? {});
  return wanted.some(([folder, names]: [string, readonly string[] | undefined]) => {
    return names?.some((name) => !there.has(`${folder}/${name}`));
  });
}

export interface CustomResourceParts {
  readonly services: DeclarationServices;
  /** Where the declaration lies. */
  readonly path: string;
  readonly read?: ReconcileOptions['read'];
  readonly pauseMs?: number;
}

/**
 * What a request of CloudFormation comes to. A deletion changes nothing but that nobody reconciles any more: the stack's
 * data stays. What cannot be as declared fails the deployment, with a sentence each.
 */
export async function onRequest(
  event: CloudFormationCustomResourceEvent,
  { services, path, read, pauseMs }: CustomResourceParts,
  signal?: AbortSignal,
): Promise<Omit<Answer, 'physicalId'>> {
  if (event.RequestType === 'Delete') {
    await forgetTemplate(services);
    return { status: 'SUCCESS' };
  }
  const listed = PROPERTIES.parse(event.ResourceProperties);
  const options = { listed, signal, ...(read && { read }), ...(pauseMs !== undefined && { pauseMs }) };
  const { settled } = await reconcileFromParameters(services, path, options);
  for (const { kind, name, is, why } of settled) logger.info(why, { kind, name, is });
  const refused = settled.filter(({ is }) => is === 'refused');
  if (refused.length === 0) return { status: 'SUCCESS' };
  return { status: 'FAILED', reason: refused.map(({ why }) => why).join(' ') };
}

/**
 * Makes the handler. `load` brings its parts, which may fail as anything may: CloudFormation is told then too.
 *
 * @example
 * export const handler = customResource(async () => ({ services: platform, path: '/millrace/main' }));
 */
export function customResource(
  load: () => Promise<CustomResourceParts>,
): (event: CloudFormationCustomResourceEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void> {
  return async (event, context) => {
    const leftMs = context.getRemainingTimeInMillis();
    const ended = new AbortController();
    const stop = AbortSignal.any([ended.signal, AbortSignal.timeout(Math.max(1, leftMs - STOP_MS))]);
    const outOfTime = sleep(Math.max(1, leftMs - ANSWER_MS), undefined, { signal: ended.signal }).then(() => {
      throw new Error('Time ran out while the declaration was carried out. Deploy again: what was done stays.');
    });
    // Where the work is quicker, nobody waits for this.
    outOfTime.catch(() => undefined);
    let what: Omit<Answer, 'physicalId'>;
    try {
      what = await Promise.race([load().then((parts) => onRequest(event, parts, stop)), outOfTime]);
    } catch (thrown) {
      logFailure(thrown, 'Carrying out the declaration');
      what = { status: 'FAILED', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    } finally {
      ended.abort();
    }
    // One identity for the resource's life: another would have CloudFormation delete the old one.
    const physicalId =
      'PhysicalResourceId' in event ? event.PhysicalResourceId : `${event.LogicalResourceId}-declaration`;
    await answer(event, { ...what, physicalId });
  };
}

export const handler = customResource(async () => {
  const { platform, environment } = await open();
  const { declarationPath } = environment;
  if (declarationPath === undefined) throw new Error('MILLRACE_DECLARATION_PATH is missing: EventPlatform sets it.');
  return { services: platform, path: declarationPath };
});
