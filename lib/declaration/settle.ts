import type { Clock } from '../bytes/index.ts';
import type { MetaStore } from '../store/index.ts';
import { readThing, type StoredThing, writeThing } from './declared-item.ts';
import { DeclarationError } from './errors.ts';
import type { Declaration, Revised, Settled, ThingKind } from './model.ts';
import { title } from './parse.ts';

/** What became of a thing, and what of its declaration holds now. */
export interface Brought<T> {
  readonly is: Settled['is'];
  readonly why: string;
  readonly holds: T;
}

/** How things of one kind come true. All of it may be done twice, and ends the same. */
export interface ThingOperations<T> {
  readonly kind: ThingKind;
  /** Takes a thing from what was last declared of it to what is declared now. @throws MillraceError with a sentence */
  bring(name: string, last: T | undefined, next: T): Promise<Brought<T>>;
  /** Does what follows when a thing is no longer declared. @throws MillraceError */
  withdraw(name: string, last: T): Promise<{ readonly is: Settled['is']; readonly why: string }>;
}

export interface SettleParts {
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly declaration: Pick<Declaration, 'readMs' | 'listed'>;
}

/** Others may reconcile at the same moment; so often in a row means something is wrong. */
const ATTEMPTS_MAX = 10;
/**
 * What was declared so shortly before somebody looked at the parameters may be missing in what they saw: reads of
 * parameters are eventually consistent, and clocks differ.
 */
const FRESH_MS = 60_000;

/**
 * Has one thing become as declared, and remembers that it is. Of several reconciles at once, each remembers under the
 * version that it read; who comes second looks again, and where a later declaration has won meanwhile, carries that one
 * out over what it did itself.
 *
 * @throws MillraceError where the thing cannot be as declared
 */
export async function settle<T>(
  parts: SettleParts,
  operations: ThingOperations<T>,
  name: string,
  declared: Revised<T>,
): Promise<Settled> {
  const { kind } = operations;
  let mine: T | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const stored = await readThing<T>(parts.items, kind, name);
    const later = stored && isLater(parts, stored, declared);
    if (later && mine === undefined) {
      return { kind, name, is: 'kept', why: `${title(kind)} "${name}" is as a later deployment has it.` };
    }
    if (later && stored.state !== 'declared') return withdrawStored(parts, operations, name, stored);
    const goal = later ? { thing: stored.thing, revision: stored.revision } : declared;
    const { is, why, holds } = await operations.bring(name, later ? mine : stored?.thing, goal.thing);
    mine = goal.thing;
    const next: StoredThing<T> = {
      version: (stored?.version ?? 0) + 1,
      revision: goal.revision,
      writtenMs: parts.clock.nowMs(),
      thing: holds,
      state: 'declared',
    };
    const known = stored !== undefined && attempt === 1 && isSame(stored, next);
    if (known || (await writeThing(parts.items, kind, name, next))) return { kind, name, is, why };
  }
  throw conflict(kind, name);
}

/**
 * Has follow what follows from a thing being no longer declared; undefined where it was declared too lately to tell. First
 * it is remembered that it goes: a thing that somebody declares at this moment is then theirs, or comes back.
 */
export async function withdraw<T>(
  parts: SettleParts,
  operations: ThingOperations<T>,
  name: string,
): Promise<Settled | undefined> {
  const { listed, readMs } = parts.declaration;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const stored = await readThing<T>(parts.items, operations.kind, name);
    if (!stored || stored.state === 'gone') return undefined;
    if (stored.state === 'going') return withdrawStored(parts, operations, name, stored);
    if (!listed && stored.writtenMs > readMs - FRESH_MS) return undefined;
    const going: StoredThing<T> = {
      ...stored,
      version: stored.version + 1,
      state: 'going',
      writtenMs: parts.clock.nowMs(),
    };
    if (await writeThing(parts.items, operations.kind, name, going))
      return withdrawStored(parts, operations, name, going);
  }
  throw conflict(operations.kind, name);
}

async function withdrawStored<T>(
  parts: SettleParts,
  operations: ThingOperations<T>,
  name: string,
  going: StoredThing<T>,
): Promise<Settled> {
  const { kind } = operations;
  const { is, why } = await operations.withdraw(name, going.thing);
  const gone: StoredThing<T> = { ...going, version: going.version + 1, state: 'gone', writtenMs: parts.clock.nowMs() };
  if (await writeThing(parts.items, kind, name, gone)) return { kind, name, is, why };
  // Somebody declared it meanwhile, and what they made may be what was just taken away.
  const now = await readThing<T>(parts.items, kind, name);
  if (now?.state !== 'declared') return { kind, name, is, why };
  const back = await operations.bring(name, undefined, now.thing);
  return { kind, name, is: back.is, why: back.why };
}

/** Whether what is remembered comes after `declared`: a later revision, or that the thing is no longer declared. */
function isLater<T>({ declaration }: SettleParts, stored: StoredThing<T>, declared: Revised<T>): boolean {
  if (stored.state === 'declared') return stored.revision > declared.revision;
  // A template that lists the name has it again, as when a deployment is rolled back; else its parameter is only not yet deleted.
  return declaration.listed ? stored.revision > declared.revision : stored.revision >= declared.revision;
}

function isSame<T>(stored: StoredThing<T>, next: StoredThing<T>): boolean {
  return (
    stored.state === next.state &&
    stored.revision === next.revision &&
    JSON.stringify(stored.thing) === JSON.stringify(next.thing)
  );
}

function conflict(kind: ThingKind, name: string): DeclarationError {
  return new DeclarationError(
    'declaration_conflict',
    `${title(kind)} "${name}" was reconciled by others ${ATTEMPTS_MAX} times in a row. Try again.`,
  );
}
