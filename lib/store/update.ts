import { checkDisjoint, checkPath, entryOf, isMap, pathText, valueAt } from './path.ts';
import { type Action, ADD_COPY_MAX, type Item, type Path, type Value } from './port.ts';
import { refuse, setEntry, takeValue } from './value.ts';

/** DynamoDB's longest update expression. Source: "Service, account, and table quotas", expression parameters. */
export const UPDATE_EXPRESSION_BYTES_MAX = 4096;

/** Characters that a name (`#n12.`) and a value (`:v12`) take in an expression that names everything by placeholders. */
const NAME_CHARS = 5;
const VALUE_CHARS = 4;

type Lists = Value[];
type Maps = { [name: string]: Value };

/**
 * Carries out an update's actions: each sees `before`, none changes it; parts that no action touches are shared between
 * `before` and the result.
 *
 * @throws store_invalid where a parent is missing, an operand has the wrong type, or a sum leaves the safe integers
 * @example
 * update({ n: 1 }, [{ do: 'add', path: ['n'], by: 2 }]); // { n: 3 }
 */
export function update(before: Item, actions: readonly Action[]): Item {
  const after: Maps = { ...before };
  const own = new Set<object>([after]);
  for (const action of actions) apply(action, before, after, own);
  return after;
}

function apply(action: Action, before: Item, after: Maps, own: Set<object>): void {
  const { path } = action;
  const last = path[path.length - 1]!;
  const current = valueAt(before, path);
  const parent = parentOf(after, path, own);
  if (action.do === 'remove') {
    delete (parent as Maps)[last];
    return;
  }
  const value = resultOf(action, current, before);
  if (typeof last === 'string') setEntry(parent as Maps, last, value);
  else if (last < (parent as Lists).length) (parent as Lists)[last] = value;
  else (parent as Lists).push(value); // beyond the end means at the end, as in DynamoDB
}

/** The container that holds the last step of `path`, made the result's own (copied once) with all above it. */
function parentOf(root: Maps, path: Path, own: Set<object>): Maps | Lists {
  let container: Value = root;
  for (let i = 0; i < path.length - 1; i++) {
    const step = path[i]!;
    let next = entryOf(container, step);
    if (!fits(next, path[i + 1]!)) refuseParent(path, i);
    if (!own.has(next as object)) {
      next = Array.isArray(next) ? [...(next as Lists)] : { ...(next as Maps) };
      own.add(next as object);
      if (typeof step === 'number') (container as unknown as Lists)[step] = next;
      else setEntry(container as Maps, step, next);
    }
    container = next as Value;
  }
  return container as unknown as Maps | Lists;
}

function fits(value: Value | undefined, step: string | number): boolean {
  return typeof step === 'number' ? Array.isArray(value) : isMap(value);
}

function refuseParent(path: Path, at: number): never {
  const parent = pathText(path.slice(0, at + 1) as unknown as Path);
  const kind = typeof path[at + 1] === 'number' ? 'list' : 'map';
  refuse(`The path ${pathText(path)} cannot be written: ${parent} is no ${kind} in this item.`);
}

function resultOf(action: Exclude<Action, { do: 'remove' }>, current: Value | undefined, before: Item): Value {
  switch (action.do) {
    case 'set':
      return action.to;
    case 'setOnce':
      return current === undefined ? action.to : current;
    case 'copyOnce': {
      const copied = valueAt(before, action.from) ?? refuseCopy(action);
      return current === undefined ? copied : current;
    }
    case 'add':
      return sum(action.path, current === undefined ? action.from : current, action.by);
    case 'addCopy':
      return addend(action.path, current) + addend(action.of, valueAt(before, action.of));
    case 'append':
      return [...listAt(action.path, current), ...action.values];
    case 'drop':
      return listAt(action.path, current).slice(action.count);
  }
}

function refuseCopy({ path, from }: { path: Path; from: Path }): never {
  refuse(`Nothing can be copied to ${pathText(path)}: ${pathText(from)} is absent in this item.`);
}

function sum(path: Path, to: Value | undefined, by: number): number {
  if (to === undefined)
    refuse(`Nothing can be added to ${pathText(path)}: it is absent, and the action has no "from".`);
  if (typeof to !== 'number') refuse(`Nothing can be added to ${pathText(path)}: it is no number.`);
  const result = to + by;
  // DynamoDB adds in decimal, a double in binary: only whole numbers come out the same everywhere.
  if (Number.isSafeInteger(to) && Number.isSafeInteger(result)) return result;
  return refuse(`Adding ${by} to ${to} at ${pathText(path)} does not give a safe integer.`);
}

function addend(path: Path, value: Value | undefined): number {
  if (value === undefined) return 0;
  if (Number.isSafeInteger(value) && Math.abs(value as number) <= ADD_COPY_MAX) return value as number;
  return refuse(`What is at ${pathText(path)} cannot be added up: it is no whole number within 2^52.`);
}

function listAt(path: Path, current: Value | undefined): readonly Value[] {
  if (Array.isArray(current)) return current as readonly Value[];
  return refuse(
    `${pathText(path)} ${current === undefined ? 'is absent' : 'is no list'} in this item; a list must be there first.`,
  );
}

/**
 * Checks what can be checked of actions without the item, and copies the values in them.
 *
 * @throws store_invalid for overlapping paths, wrong operands, or more than fits a DynamoDB expression
 */
export function takeActions(actions: readonly Action[]): Action[] {
  const taken = actions.map(takeAction);
  checkDisjoint(taken.map((action) => action.path));
  const chars = taken.reduce((total, action) => total + expressionChars(action), 0);
  if (chars > UPDATE_EXPRESSION_BYTES_MAX) {
    refuse(
      `An update of about ${chars} characters is longer than DynamoDB's ${UPDATE_EXPRESSION_BYTES_MAX}; split it.`,
    );
  }
  return taken;
}

function takeAction(action: Action): Action {
  const { path } = action;
  checkPath(path);
  switch (action.do) {
    case 'set':
    case 'setOnce':
      return { do: action.do, path, to: takeValue(action.to, pathText(path), path.length) };
    case 'copyOnce':
      checkPath(action.from);
      return { do: 'copyOnce', path, from: action.from };
    case 'add': {
      wholeNumber(action.by, `the number added to ${pathText(path)}`);
      if (action.from === undefined) return { do: 'add', path, by: action.by };
      wholeNumber(action.from, `the start of ${pathText(path)}`);
      return { do: 'add', path, by: action.by, from: action.from };
    }
    case 'addCopy':
      checkPath(action.of);
      return { do: 'addCopy', path, of: action.of };
    case 'append':
      return {
        do: 'append',
        path,
        values: action.values.map((value) => takeValue(value, pathText(path), path.length + 1)),
      };
    case 'drop':
      wholeNumber(action.count, `the count dropped from ${pathText(path)}`);
      if (action.count < 1)
        refuse(`The count dropped from ${pathText(path)} is ${action.count}; it must be at least 1.`);
      return { do: 'drop', path, count: action.count };
    case 'remove':
      if (typeof path[path.length - 1] === 'number')
        refuse(`${pathText(path)} is a list's element; "drop" removes those.`);
      return { do: 'remove', path };
    default:
      return refuse(`There is no action "${(action as Action).do}".`);
  }
}

function wholeNumber(value: number, what: string): void {
  if (!Number.isSafeInteger(value)) refuse(`${what} is ${value}; it must be a safe integer.`);
}

/** About how long the action is as a DynamoDB expression. */
function expressionChars(action: Action): number {
  const path = pathChars(action.path);
  switch (action.do) {
    case 'set':
      return path + VALUE_CHARS + ' = ,'.length;
    case 'setOnce':
      return 2 * path + VALUE_CHARS + ' = if_not_exists(,),'.length;
    case 'copyOnce':
      return 2 * path + pathChars(action.from) + ' = if_not_exists(,),'.length;
    case 'add':
      return (
        2 * path +
        VALUE_CHARS +
        ' = +,'.length +
        (action.from === undefined ? 0 : VALUE_CHARS + 'if_not_exists(,)'.length)
      );
    case 'addCopy':
      return 2 * path + pathChars(action.of) + 2 * (VALUE_CHARS + 'if_not_exists(,)'.length) + ' = +,'.length;
    case 'append':
      return 2 * path + VALUE_CHARS + ' = list_append(,),'.length;
    case 'drop':
      return action.count * (path + String(action.count).length + '[],'.length);
    case 'remove':
      return path + 1;
  }
}

function pathChars(path: Path): number {
  return path.reduce<number>(
    (chars, step) => chars + (typeof step === 'string' ? NAME_CHARS : String(step).length + 2),
    0,
  );
}
