import { BlockList, isIP } from 'node:net';
import { suggestion } from '../bytes/index.ts';
import { RouteError } from './errors.ts';
import { compileWildcard } from './wildcard.ts';

/** One alternative of a pattern's array. */
export interface Matcher {
  /** Whether it holds where the event has no such field. */
  readonly absent: boolean;
  /** Whether it holds for a value that is there: a string, number, boolean or null. */
  present(actual: unknown): boolean;
}

type Scalar = (actual: unknown) => boolean;
type OperatorCompiler = (operand: unknown, path: string) => Scalar;

const CIDR_BITS = { 4: 32, 6: 128 } as const;

/** The operators that test one scalar, by their EventBridge names. `exists` and `anything-but` stand beside them. */
const OPERATORS: Readonly<Record<string, OperatorCompiler>> = {
  prefix: affix((text, part) => text.startsWith(part)),
  suffix: affix((text, part) => text.endsWith(part)),
  'equals-ignore-case': (operand, path) => {
    const folded = textAt(operand, path).toLowerCase();
    return (actual) => typeof actual === 'string' && actual.toLowerCase() === folded;
  },
  numeric: compileNumeric,
  cidr: compileCidr,
  wildcard: (operand, path) => {
    const test = compileWildcard(textAt(operand, path), path);
    return (actual) => typeof actual === 'string' && test(actual);
  },
};
const OPERATOR_NAMES = [...Object.keys(OPERATORS), 'anything-but', 'exists'];

/**
 * Compiles one element of a pattern's array: a literal, or an object with one operator.
 *
 * @throws filter_invalid
 */
export function compileMatcher(element: unknown, path: string): Matcher {
  if (element === null || typeof element === 'string' || typeof element === 'number' || typeof element === 'boolean') {
    return { absent: false, present: (actual) => actual === element };
  }
  const [name, operand] = operatorOf(element, path, OPERATOR_NAMES);
  const at = `${path}.${name}`;
  if (name === 'exists') {
    if (typeof operand !== 'boolean') throw invalid(at, 'takes true or false');
    return { absent: !operand, present: () => operand };
  }
  return {
    absent: false,
    present: name === 'anything-but' ? compileAnythingBut(operand, at) : OPERATORS[name]!(operand, at),
  };
}

/** The single operator of an object, which must be one of `names`. */
function operatorOf(element: unknown, path: string, names: readonly string[]): [string, unknown] {
  const entries =
    typeof element === 'object' && element !== null && !Array.isArray(element) ? Object.entries(element) : [];
  const [only] = entries;
  if (!only || entries.length > 1) {
    throw invalid(path, `takes a string, number, boolean, null or an object with one operator of ${names.join(', ')}`);
  }
  if (!names.includes(only[0])) {
    throw invalid(
      path,
      `"${only[0]}" is no operator here; there are ${names.join(', ')}.${suggestion(only[0], names)}`,
    );
  }
  return only;
}

/** `prefix` and `suffix`: a text, or {"equals-ignore-case": text}. */
function affix(holds: (text: string, part: string) => boolean): OperatorCompiler {
  return (operand, path) => {
    if (typeof operand === 'string') return (actual) => typeof actual === 'string' && holds(actual, operand);
    const [name, text] = operatorOf(operand, path, ['equals-ignore-case']);
    const folded = textAt(text, `${path}.${name}`).toLowerCase();
    return (actual) => typeof actual === 'string' && holds(actual.toLowerCase(), folded);
  };
}

const BUT_NAMES = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];

/** A literal, a list of strings or of numbers, or one of four operators over one text or a list of them. */
function compileAnythingBut(operand: unknown, path: string): Scalar {
  if (typeof operand === 'string' || typeof operand === 'number') return (actual) => actual !== operand;
  if (Array.isArray(operand)) {
    const [first] = operand;
    const same = operand.every((one) => typeof one === typeof first);
    if (!same || (typeof first !== 'string' && typeof first !== 'number')) {
      throw invalid(path, 'takes a list of strings or a list of numbers, one at least and not mixed');
    }
    const unwanted = new Set<unknown>(operand);
    return (actual) => !unwanted.has(actual);
  }
  if (typeof operand !== 'object' || operand === null) {
    throw invalid(path, `takes a string, a number, a list of them, or one of ${BUT_NAMES.join(', ')}`);
  }
  const [name, texts] = operatorOf(operand, path, BUT_NAMES);
  const list: unknown[] = Array.isArray(texts) ? texts : [texts];
  if (list.length === 0) throw invalid(`${path}.${name}`, 'takes a text or a list of texts, one at least');
  const tests = list.map((text) => {
    if (text === '') throw invalid(`${path}.${name}`, 'takes texts that are not empty: every value would be excluded');
    return OPERATORS[name]!(text, `${path}.${name}`);
  });
  return (actual) => !tests.some((test) => test(actual));
}

/** One comparison, or a lower bound followed by an upper bound. */
function compileNumeric(operand: unknown, path: string): Scalar {
  const right = 'takes ["=", n], one bound such as [">", n], or a range such as [">=", low, "<", high]';
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) throw invalid(path, right);
  const tests: ((actual: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) tests.push(comparison(operand[at], operand[at + 1], path, right));
  if (operand.length === 4) {
    const [low, from, high, to] = operand as [unknown, number, unknown, number];
    if (!['>', '>='].includes(String(low)) || !['<', '<='].includes(String(high))) throw invalid(path, right);
    if (from > to || (from === to && (low === '>' || high === '<')))
      throw invalid(path, `no number lies between ${from} and ${to}`);
  }
  return (actual) => typeof actual === 'number' && tests.every((test) => test(actual));
}

function comparison(sign: unknown, bound: unknown, path: string, right: string): (actual: number) => boolean {
  if (typeof bound !== 'number') throw invalid(path, right);
  if (sign === '=') return (actual) => actual === bound;
  if (sign === '>') return (actual) => actual > bound;
  if (sign === '>=') return (actual) => actual >= bound;
  if (sign === '<') return (actual) => actual < bound;
  if (sign === '<=') return (actual) => actual <= bound;
  throw invalid(path, right);
}

/** An address, or a block such as 10.0.0.0/8 or 2001:db8::/32. */
function compileCidr(operand: unknown, path: string): Scalar {
  const right = 'takes an address or block, such as "10.0.0.0/8" or "2001:db8::/32"';
  const [address = '', bits, ...rest] = textAt(operand, path).split('/');
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || rest.length > 0) throw invalid(path, right);
  const length = bits === undefined ? CIDR_BITS[version] : Number(bits);
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || length > CIDR_BITS[version])) throw invalid(path, right);
  const block = new BlockList();
  block.addSubnet(address, length, `ipv${version}`);
  return (actual) => {
    if (typeof actual !== 'string') return false;
    const family = isIP(actual);
    return family === version && block.check(actual, `ipv${version}`);
  };
}

function textAt(operand: unknown, path: string): string {
  if (typeof operand !== 'string') throw invalid(path, 'takes a string');
  return operand;
}

function invalid(path: string, right: string): RouteError {
  return new RouteError('filter_invalid', `The filter is wrong at ${path}: ${right}`);
}
