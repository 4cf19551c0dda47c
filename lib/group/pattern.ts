import { GroupError } from './errors.ts';
import { quoted } from './limits.ts';

/*
 * A pattern comes from outside and runs against every topic name, so it must not be able to backtrack for hours, as
 * JavaScript's own engine can. Kafka uses RE2J for the same reason (KIP-848, "Regular expressions"). This is RE2's core:
 * a program run over all its states at once, in time that is the name's length times the program's.
 */

/** Characters of a pattern; Kafka's topic names have at most 249. */
const PATTERN_CHARS_MAX = 1_000;
/** Steps of a compiled pattern: bounds `(a{1000}){1000}`. */
const PROGRAM_STEPS_MAX = 10_000;
/** Groups within groups: bounds the parser's recursion. */
const DEPTH_MAX = 50;

type Test = (char: string) => boolean;
type Node =
  | { readonly is: 'one'; readonly test: Test }
  | { readonly is: 'all'; readonly of: readonly Node[] }
  | { readonly is: 'any'; readonly of: readonly Node[] }
  | { readonly is: 'repeat'; readonly of: Node; readonly min: number; readonly max: number };
type Step =
  | { readonly do: 'take'; readonly test: Test }
  | { do: 'fork'; readonly to: number[] }
  | { readonly do: 'accept' };

const CLASSES: ReadonlyMap<string, Test> = new Map([
  ['d', (char) => char >= '0' && char <= '9'],
  ['w', (char) => /^[A-Za-z0-9_]$/.test(char)],
  ['s', (char) => /^\s$/.test(char)],
]);

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    if (this.#text.length > PATTERN_CHARS_MAX) throw this.#wrong(`it has more than ${PATTERN_CHARS_MAX} characters`);
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#wrong(`")" without "("`);
    return node;
  }

  #alternatives(): Node {
    if (++this.#depth > DEPTH_MAX) throw this.#wrong(`groups are nested more than ${DEPTH_MAX} deep`);
    const of = [this.#sequence()];
    while (this.#take('|')) of.push(this.#sequence());
    this.#depth--;
    return of.length === 1 ? of[0]! : { is: 'any', of };
  }

  #sequence(): Node {
    const of: Node[] = [];
    if (this.#depth === 1) this.#take('^'); // the whole name must match anyway
    for (let char = this.#peek(); char !== undefined && char !== '|' && char !== ')'; char = this.#peek()) {
      if (char === '$' && this.#depth === 1 && '|'.includes(this.#text[this.#at + 1] ?? '')) this.#at++;
      else of.push(this.#repeated(this.#atom()));
    }
    return { is: 'all', of };
  }

  #atom(): Node {
    const char = this.#text[this.#at++]!;
    if (char === '(') {
      if (this.#take('?') && !this.#take(':')) throw this.#wrong(`only "(?:" is known of the forms "(?…"`);
      const node = this.#alternatives();
      if (!this.#take(')')) throw this.#wrong(`"(" without ")"`);
      return node;
    }
    if (char === '.') return { is: 'one', test: () => true };
    if (char === '[') return { is: 'one', test: this.#set() };
    if (char === '\\') return { is: 'one', test: this.#escaped() };
    if ('*+?{^$'.includes(char))
      throw this.#wrong(`"${char}" has nothing to apply to; write \\${char} for the character`);
    return { is: 'one', test: (other) => other === char };
  }

  #escaped(): Test {
    const char = this.#text[this.#at++];
    if (char === undefined) throw this.#wrong('it ends in "\\"');
    const known = CLASSES.get(char.toLowerCase());
    if (known) return char === char.toLowerCase() ? known : (other) => !known(other);
    if (/[A-Za-z0-9]/.test(char)) throw this.#wrong(`"\\${char}" is not known`);
    return (other) => other === char;
  }

  #set(): Test {
    const negated = this.#take('^');
    const tests: Test[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const from = this.#text[this.#at++];
      if (from === undefined) throw this.#wrong('"[" without "]"');
      if (from === '\\') {
        tests.push(this.#escaped());
      } else if (this.#peek() === '-' && this.#text[this.#at + 1] !== ']') {
        const to = this.#text[this.#at + 1];
        this.#at += 2;
        if (to === undefined) throw this.#wrong('"[" without "]"');
        if (to < from) throw this.#wrong(`the range ${from}-${to} runs backwards`);
        tests.push((char) => char >= from && char <= to);
      } else {
        tests.push((char) => char === from);
      }
    }
    this.#at++;
    return (char) => tests.some((test) => test(char)) !== negated;
  }

  #repeated(of: Node): Node {
    const bounds = this.#bounds();
    if (!bounds) return of;
    this.#take('?'); // lazy or greedy is all the same to a match of the whole name
    if ('*+?{'.includes(this.#peek() ?? ' ')) throw this.#wrong('a repetition is repeated; put it into a group');
    return { is: 'repeat', of, min: bounds[0], max: bounds[1] };
  }

  #bounds(): [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (this.#peek() !== '{') return undefined;
    const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 11));
    if (!found) throw this.#wrong('"{" begins no repetition such as {2} or {2,5}; write \\{ for the character');
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]);
    if (max < min) throw this.#wrong(`the repetition ${found[0]} runs backwards`);
    return [min, max];
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(char: string): boolean {
    const there = this.#text[this.#at] === char;
    if (there) this.#at++;
    return there;
  }

  #wrong(why: string): GroupError {
    return new GroupError('subscription_invalid', `The pattern ${quoted(this.#text)} can't be read: ${why}.`);
  }
}

/** Appends the steps of `node` to `program`; when they are through, they go on at the program's then end. */
function emit(node: Node, program: Step[]): void {
  if (program.length > PROGRAM_STEPS_MAX) {
    throw new GroupError(
      'subscription_invalid',
      `A pattern's repetitions come to more than ${PROGRAM_STEPS_MAX} steps.`,
    );
  }
  if (node.is === 'one') program.push({ do: 'take', test: node.test });
  else if (node.is === 'all') emitAll(node.of, program);
  else if (node.is === 'any') emitAny(node.of, program);
  else emitRepeat(node.of, node.min, node.max, program);
}

function emitAll(of: readonly Node[], program: Step[]): void {
  for (const part of of) emit(part, program);
  if (of.length === 0) program.push({ do: 'fork', to: [program.length + 1] }); // so that `(){9999}` counts too
}

function emitAny(of: readonly Node[], program: Step[]): void {
  const starts: number[] = [];
  program.push({ do: 'fork', to: starts });
  const ends: number[][] = [];
  for (const part of of) {
    starts.push(program.length);
    emit(part, program);
    const end: number[] = [];
    program.push({ do: 'fork', to: end });
    ends.push(end);
  }
  for (const end of ends) end.push(program.length);
}

function emitRepeat(of: Node, min: number, max: number, program: Step[]): void {
  for (let i = 0; i < min; i++) emit(of, program);
  const endless = max === Number.POSITIVE_INFINITY;
  const skips: number[][] = [];
  for (let i = min; i < (endless ? min + 1 : max); i++) {
    const start = program.length;
    const to = [start + 1];
    program.push({ do: 'fork', to });
    skips.push(to);
    emit(of, program);
    if (endless) program.push({ do: 'fork', to: [start] });
  }
  for (const to of skips) to.push(program.length);
}

/** Adds `at`, and all it leads to without taking a character, to `states`. */
function reach(at: number, program: readonly Step[], states: Set<number>): void {
  const open = [at];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (states.has(next)) continue;
    states.add(next);
    const step = program[next]!;
    if (step.do === 'fork') open.push(...step.to);
  }
}

/**
 * A regular expression (RE2's core: classes, groups, alternatives, repetitions) that a whole name must match.
 *
 * @throws GroupError subscription_invalid, saying where it can't be read
 * @example
 * topicPattern('orders\\..*|payments')('orders.eu'); // true
 */
export function topicPattern(pattern: string): (name: string) => boolean {
  const program: Step[] = [];
  emit(new Parser(pattern).whole(), program);
  program.push({ do: 'accept' });
  return (name) => {
    let states = new Set<number>();
    reach(0, program, states);
    for (const char of name) {
      const next = new Set<number>();
      for (const at of states) {
        const step = program[at]!;
        if (step.do === 'take' && step.test(char)) reach(at + 1, program, next);
      }
      if (next.size === 0) return false;
      states = next;
    }
    return states.has(program.length - 1);
  };
}
