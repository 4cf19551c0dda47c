import jsonata from 'jsonata';
import type { Clock, Random } from '../bytes/index.ts';
import type { Envelope } from './envelope.ts';
import { RouteError, reasonOf } from './errors.ts';

/**
 * Turns an envelope into the value to deliver, or undefined where the event is dropped.
 * @throws transform_failed
 */
export type Transform = (event: Envelope) => Promise<Uint8Array | undefined>;

/** Why each: an expression is its user's, runs in our process, and may loop. */
export const TRANSFORM_LIMITS = {
  /** Nodes evaluated per event; about 60 ms of work, and the same on every machine. */
  stepsMax: 50_000,
  /** For what few steps can make slow; checked at every step. */
  timeMsMax: 1_000,
  /** Nested evaluations; about 30 calls of a recursive function. Far below what the stack holds. */
  depthMax: 400,
  /** Elements of a sequence that an expression builds. */
  sequenceMax: 100_000,
  /** Bytes of a result: what a large topic takes. */
  outputBytesMax: 8 * 1024 * 1024,
  /** Characters of an expression. */
  sourceMax: 64 * 1024,
} as const;

/** A space keeps it out of reach of the expression itself. */
const BUDGET = ' budget';
/** JSONata calls what is bound to this before it evaluates any node. Source: jsonata.js, `evaluate`. */
const ENTRY_HOOK = Symbol.for('jsonata.__evaluate_entry');

interface Budget {
  steps: number;
  readonly startMs: number;
}

/**
 * Compiles a JSONata expression over envelopes. A result that is a string is delivered as its text, anything else as
 * JSON; no result (nothing, or JSONata's undefined) drops the event. `$now()`, `$millis()` and `$random()` come from
 * `clock` and `random`. Steps, depth, sequences and time are bounded; a single built-in call (a regular expression, say)
 * is not interrupted.
 *
 * @throws transform_invalid
 * @example
 * const shape = compileTransform('{ "from": key, "late": value.delay }', { clock, random });
 * await shape(envelopeOf(event)); // bytes of {"from":"SFO","late":61}
 */
export function compileTransform(source: string, { clock, random }: { clock: Clock; random: Random }): Transform {
  const expression = parse(source);
  const formatted = jsonata('$fromMillis(ms, picture, zone)');
  const builtins = {
    millis: () => clock.nowMs(),
    now: (picture?: string, zone?: string) => formatted.evaluate({ ms: clock.nowMs(), picture, zone }),
    random: () => random.next(),
  };
  // The typed `assign` takes names only; hooks are bound under symbols.
  const hooks = expression as unknown as { assign(name: symbol, hook: unknown): void };
  hooks.assign(ENTRY_HOOK, (_node: unknown, _input: unknown, environment: jsonata.Environment) => {
    spend(environment.lookup(BUDGET) as Budget, clock);
  });
  return async (event) => {
    const budget: Budget = { steps: 0, startMs: clock.monotonicMs() };
    let result: unknown;
    try {
      result = await expression.evaluate({ ...event }, { ...builtins, [BUDGET]: budget });
    } catch (thrown) {
      throw new RouteError('transform_failed', `The transform failed: ${reasonOf(thrown)}`, { cause: thrown });
    }
    return bytesOf(result);
  };
}

/** The expression itself, where it compiles. @throws transform_invalid */
export function checkTransform(source: string): string {
  parse(source);
  return source;
}

function parse(source: string): jsonata.Expression {
  if (source.length > TRANSFORM_LIMITS.sourceMax) {
    throw new RouteError(
      'transform_invalid',
      `The transform has ${source.length} characters; ${TRANSFORM_LIMITS.sourceMax} is the most.`,
    );
  }
  try {
    return jsonata(source, { stack: TRANSFORM_LIMITS.depthMax, sequence: TRANSFORM_LIMITS.sequenceMax });
  } catch (thrown) {
    const at =
      typeof thrown === 'object' && thrown !== null && 'position' in thrown ? ` at character ${thrown.position}` : '';
    throw new RouteError('transform_invalid', `The transform is no JSONata expression: ${reasonOf(thrown)}${at}.`, {
      cause: thrown,
    });
  }
}

function spend(budget: Budget, clock: Clock): void {
  if (++budget.steps > TRANSFORM_LIMITS.stepsMax) {
    throw new Error(
      `it took more than ${TRANSFORM_LIMITS.stepsMax} steps. Look for a function that calls itself without end`,
    );
  }
  if (clock.monotonicMs() - budget.startMs > TRANSFORM_LIMITS.timeMsMax) {
    throw new Error(`it took longer than ${TRANSFORM_LIMITS.timeMsMax} ms`);
  }
}

function bytesOf(result: unknown): Uint8Array | undefined {
  if (result === undefined) return undefined;
  const text = typeof result === 'string' ? result : jsonOf(result);
  if (text === undefined)
    throw new RouteError('transform_failed', 'The transform gave a function, which cannot be delivered.');
  const bytes = Buffer.from(text);
  if (bytes.length > TRANSFORM_LIMITS.outputBytesMax) {
    throw new RouteError(
      'transform_failed',
      `The transform gave ${bytes.length} bytes; ${TRANSFORM_LIMITS.outputBytesMax} is the most.`,
    );
  }
  return bytes;
}

/** Functions are JSONata values too, and no JSON: built-in ones are left out, others hold themselves in a circle. */
function jsonOf(result: unknown): string | undefined {
  try {
    return JSON.stringify(result);
  } catch (thrown) {
    if (thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}
