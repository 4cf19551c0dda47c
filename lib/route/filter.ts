import { suggestion } from '../bytes/index.ts';
import { ENVELOPE_FIELDS, type Envelope } from './envelope.ts';
import { RouteError } from './errors.ts';
import { compileMatcher, type Matcher } from './matcher.ts';

/** True where the event is to be delivered. */
export type Filter = (event: Envelope) => boolean;

/** Deeper patterns are a mistake or an attack on the stack. */
const PATTERN_DEPTH_MAX = 64;

type Predicate = (actual: unknown) => boolean;

/**
 * Compiles an Amazon EventBridge event pattern to a predicate over envelopes. Fields of an object are ANDed, elements of
 * an array ORed, `$or` takes a list of patterns; operators are prefix, suffix, equals-ignore-case, anything-but, numeric,
 * exists, cidr and wildcard. An event's array matches where one of its elements does; fields of a pattern below one
 * array must match within the same element. Source: Amazon EventBridge User Guide, "Comparison operators for use in
 * event patterns" and "Event patterns".
 *
 * @throws filter_invalid, naming the path and what would be right
 * @example
 * const late = compileFilter({ value: { delay: [{ numeric: ['>', 60] }] } });
 * late(envelopeOf(event));
 */
export function compileFilter(pattern: unknown): Filter {
  if (!isObject(pattern))
    throw invalid('$', 'a pattern is a JSON object such as {"value":{"delay":[{"numeric":[">",60]}]}}');
  return compileObject(pattern, '$', 0);
}

/** As compileFilter, from the pattern's JSON text. */
export function parseFilter(text: string): Filter {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (thrown) {
    throw new RouteError('filter_invalid', `The filter is not JSON: ${(thrown as SyntaxError).message}.`, {
      cause: thrown,
    });
  }
  return compileFilter(pattern);
}

function compileObject(pattern: object, path: string, depth: number): Predicate {
  if (depth > PATTERN_DEPTH_MAX) throw invalid(path, `patterns nest at most ${PATTERN_DEPTH_MAX} deep`);
  const fields = Object.entries(pattern);
  if (fields.length === 0)
    throw invalid(path, 'an empty object matches nothing; leave the filter out to let all events pass');
  const tests = fields.map(([name, below]) => {
    if (name === '$or') return compileOr(below, `${path}.$or`, depth);
    if (path === '$') checkRoot(name);
    return compileField(name, below, `${path}.${name}`, depth);
  });
  const within: Predicate = (actual) => tests.every((test) => test(actual));
  return (actual) => (Array.isArray(actual) && actual.length > 0 ? someElement(actual, within) : within(actual));
}

function compileField(name: string, below: unknown, path: string, depth: number): Predicate {
  const test = Array.isArray(below) ? compileLeaf(below, path) : undefined;
  if (test) return (actual) => test(fieldOf(actual, name));
  if (!isObject(below)) {
    throw invalid(path, `values stand in an array: write [${JSON.stringify(below)}]`);
  }
  const nested = compileObject(below, path, depth + 1);
  return (actual) => nested(fieldOf(actual, name));
}

function compileOr(branches: unknown, path: string, depth: number): Predicate {
  if (!Array.isArray(branches) || branches.length === 0) throw invalid(path, 'takes a list of patterns, one at least');
  // Branches of the root are roots themselves: their names are checked as such.
  const at = path === '$.$or' ? () => '$' : (index: number) => `${path}[${index}]`;
  const tests = branches.map((branch: unknown, index) => {
    if (!isObject(branch)) throw invalid(`${path}[${index}]`, 'takes an object such as {"key":["a"]}');
    return compileObject(branch, at(index), depth + 1);
  });
  return (actual) => tests.some((test) => test(actual));
}

function compileLeaf(alternatives: readonly unknown[], path: string): Predicate {
  if (alternatives.length === 0)
    throw invalid(path, 'an empty array matches nothing; name at least one value or operator');
  const matchers: Matcher[] = alternatives.map((one, index) => compileMatcher(one, `${path}[${index}]`));
  const absent = matchers.some((matcher) => matcher.absent);
  const scalar: Predicate = (actual) => matchers.some((matcher) => matcher.present(actual));
  return (actual) => {
    if (Array.isArray(actual))
      return hasLeaf(actual) ? someElement(actual, (one) => !isObject(one) && scalar(one)) : absent;
    // Operators work on leaves: an object is not one, so that its path counts as absent.
    return actual === undefined || isObject(actual) ? absent : scalar(actual);
  };
}

function checkRoot(name: string): void {
  const fields: readonly string[] = ENVELOPE_FIELDS;
  if (fields.includes(name)) return;
  throw invalid(`$.${name}`, `events have ${fields.join(', ')}.${suggestion(name, fields)}`);
}

function fieldOf(actual: unknown, name: string): unknown {
  return isObject(actual) && Object.hasOwn(actual, name) ? (actual as Record<string, unknown>)[name] : undefined;
}

/** Whether some element holds, arrays in arrays counting as one flat array. */
function someElement(elements: readonly unknown[], test: Predicate): boolean {
  return elements.some((one) => (Array.isArray(one) ? someElement(one, test) : test(one)));
}

function hasLeaf(elements: readonly unknown[]): boolean {
  return someElement(elements, (one) => !isObject(one));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, right: string): RouteError {
  return new RouteError('filter_invalid', `The filter is wrong at ${path}: ${right}`);
}
