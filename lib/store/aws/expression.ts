import { type Action, ADD_COPY_MAX, type Condition, type Path, type Value } from '../port.ts';
import { type Attributes, toAttribute } from './attributes.ts';

/**
 * An expression's placeholders. Every name and value goes through one, so no reserved word, dot or quote in a name can
 * change an expression's meaning; a name has one placeholder however often it is used.
 */
export class Placeholders {
  readonly values: Attributes = {};
  readonly #names = new Map<string, string>();
  #count = 0;

  /** `['n', 'p3', 0]` as `#0.#1[0]`. */
  path(path: Path): string {
    return path
      .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${this.#name(step)}`))
      .join('');
  }

  value(value: Value): string {
    const placeholder = `:${(this.#count++).toString(36)}`;
    this.values[placeholder] = toAttribute(value);
    return placeholder;
  }

  #name(name: string): string {
    let placeholder = this.#names.get(name);
    if (placeholder === undefined) {
      placeholder = `#${this.#names.size.toString(36)}`;
      this.#names.set(name, placeholder);
    }
    return placeholder;
  }

  /** The two maps as a request takes them, which must be left out where they are empty. */
  maps(): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: Attributes } {
    const names = Object.fromEntries([...this.#names].map(([name, placeholder]) => [placeholder, name]));
    return {
      ...(this.#names.size > 0 && { ExpressionAttributeNames: names }),
      ...(this.#count > 0 && { ExpressionAttributeValues: this.values }),
    };
  }
}

/** A condition in words of DynamoDB; `joined` where it has an AND or OR outside of parentheses. */
interface Text {
  readonly text: string;
  readonly joined: boolean;
}

/** A condition that always or never holds is its truth value. */
type Compiled = Text | boolean;

/** A name that no item of ours has. */
const NO_ATTRIBUTE = '\u0000';

const SIGNS = { is: '=', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

/**
 * The condition under which a write may take place: `when`, and for an update what its actions demand of the item that
 * DynamoDB would let pass. Undefined where nothing is demanded.
 *
 * A guard that fails looks to DynamoDB like a condition that fails; which of the two it was, the item in the answer tells.
 */
export function conditionExpression(
  placeholders: Placeholders,
  when: Condition | undefined,
  actions: readonly Action[] = [],
): string | undefined {
  const parts: Compiled[] = when === undefined ? [] : [compiled(placeholders, when)];
  for (const action of actions) {
    const guard = guardOf(placeholders, action);
    if (guard !== undefined) parts.push(guard);
  }
  const whole = joinedBy('AND', parts);
  if (typeof whole !== 'boolean') return whole.text;
  return whole ? undefined : never(placeholders);
}

/** A condition that always holds, where one must be given. */
export function always(placeholders: Placeholders): string {
  const pk = placeholders.path(['pk']);
  return `attribute_exists(${pk}) OR attribute_not_exists(${pk})`;
}

/** DynamoDB has no constant; an item always has its key, and an absent one has nothing. */
function never(placeholders: Placeholders): string {
  const pk = placeholders.path(['pk']);
  return `attribute_exists(${pk}) AND attribute_not_exists(${pk})`;
}

function compiled(placeholders: Placeholders, condition: Condition): Compiled {
  switch (condition.if) {
    case 'itemExists':
      return single(`attribute_exists(${placeholders.path(['pk'])})`);
    case 'itemAbsent':
      return single(`attribute_not_exists(${placeholders.path(['pk'])})`);
    case 'all':
    case 'any': {
      const parts = condition.of.map((part) => compiled(placeholders, part));
      return joinedBy(condition.if === 'all' ? 'AND' : 'OR', parts);
    }
    case 'exists':
      return single(`attribute_exists(${placeholders.path(condition.path)})`);
    case 'absent':
      return single(`attribute_not_exists(${placeholders.path(condition.path)})`);
    case 'isNot': {
      // DynamoDB takes an absent attribute for different from everything.
      const path = placeholders.path(condition.path);
      return { text: `attribute_exists(${path}) AND ${path} <> ${placeholders.value(condition.value)}`, joined: true };
    }
    default: {
      const path = placeholders.path(condition.path);
      return single(`${path} ${SIGNS[condition.if]} ${placeholders.value(condition.value)}`);
    }
  }
}

function joinedBy(word: 'AND' | 'OR', parts: readonly Compiled[]): Compiled {
  const decisive = word === 'OR';
  if (parts.includes(decisive)) return decisive;
  const texts = parts.filter((part) => typeof part !== 'boolean');
  if (texts.length === 0) return !decisive;
  if (texts.length === 1) return texts[0]!;
  // Only what is joined gets parentheses: DynamoDB refuses redundant ones.
  const text = texts.map((part) => (part.joined ? `(${part.text})` : part.text)).join(` ${word} `);
  return { text, joined: true };
}

function single(text: string): Text {
  return { text, joined: false };
}

/**
 * What DynamoDB itself would not refuse: a sum beyond the safe integers on the side to which the action moves. Numbers
 * that are fractions cannot be told by any expression; see docs/testing.md.
 */
function guardOf(placeholders: Placeholders, action: Action): Text | undefined {
  if (action.do === 'drop') {
    return single(`attribute_type(${placeholders.path(action.path)},${placeholders.value('L')})`);
  }
  // Where the path is there, DynamoDB might not look at what is to be copied.
  if (action.do === 'copyOnce') return single(`attribute_exists(${placeholders.path(action.from)})`);
  if (action.do === 'addCopy') return addendsGuard(placeholders, action);
  if (action.do !== 'add') return undefined;
  const path = placeholders.path(action.path);
  const bound =
    action.by < 0
      ? `${path} >= ${placeholders.value(Number.MIN_SAFE_INTEGER - action.by)}`
      : `${path} <= ${placeholders.value(Number.MAX_SAFE_INTEGER - action.by)}`;
  if (action.from === undefined || !Number.isSafeInteger(action.from + action.by)) return single(bound);
  return { text: `attribute_not_exists(${path}) OR ${bound}`, joined: true };
}

/** What is added up is there and small enough, or absent. */
function addendsGuard(placeholders: Placeholders, action: { path: Path; of: Path }): Text {
  const [most, least] = [placeholders.value(ADD_COPY_MAX), placeholders.value(-ADD_COPY_MAX)];
  const parts = [action.path, action.of].map((path) => {
    const name = placeholders.path(path);
    return `(attribute_not_exists(${name}) OR ${name} BETWEEN ${least} AND ${most})`;
  });
  return { text: parts.join(' AND '), joined: true };
}

/**
 * Actions in words of DynamoDB; undefined where there are none.
 *
 * @example
 * updateExpression(placeholders, [{ do: 'add', path: ['n'], by: 2 }]); // 'SET #0=#0+:0'
 */
export function updateExpression(placeholders: Placeholders, actions: readonly Action[]): string | undefined {
  const set: string[] = [];
  const remove: string[] = [];
  for (const action of actions) {
    const path = placeholders.path(action.path);
    switch (action.do) {
      case 'set':
        set.push(`${path}=${placeholders.value(action.to)}`);
        break;
      case 'setOnce':
        set.push(`${path}=if_not_exists(${path},${placeholders.value(action.to)})`);
        break;
      case 'copyOnce':
        set.push(`${path}=if_not_exists(${path},${placeholders.path(action.from)})`);
        break;
      case 'add':
        set.push(`${path}=${startOf(placeholders, path, action.from)}+${placeholders.value(action.by)}`);
        break;
      case 'addCopy':
        set.push(`${path}=${startOf(placeholders, path, 0)}+${startOf(placeholders, placeholders.path(action.of), 0)}`);
        break;
      case 'append':
        set.push(`${path}=list_append(${path},${placeholders.value(action.values)})`);
        break;
      case 'drop':
        // From the last to the first: engines that remove one after the other then come to the same.
        for (let i = action.count - 1; i >= 0; i--) remove.push(`${path}[${i}]`);
        break;
      case 'remove':
        remove.push(path);
        break;
    }
  }
  const sections = [
    set.length > 0 ? `SET ${set.join(',')}` : '',
    remove.length > 0 ? `REMOVE ${remove.join(',')}` : '',
  ];
  const text = sections.filter((section) => section !== '').join(' ');
  return text === '' ? undefined : text;
}

/** An update that changes nothing but makes the item where it is absent; a transaction's update must say something. */
export function removeNothing(placeholders: Placeholders): string {
  return `REMOVE ${placeholders.path([NO_ATTRIBUTE])}`;
}

function startOf(placeholders: Placeholders, path: string, from: number | undefined): string {
  return from === undefined ? path : `if_not_exists(${path},${placeholders.value(from)})`;
}
