import { checkPath, valueAt } from './path.ts';
import type { Condition, Item } from './port.ts';
import { compareText, refuse, sameValue, takeValue } from './value.ts';

/** DynamoDB refuses expressions of more than 300 operators; no condition of ours comes near. */
const CONDITIONS_MAX = 300;

/**
 * Whether `condition` holds for the item as it is, undefined where there is none.
 *
 * @example
 * holds({ if: 'lt', path: ['g'], value: 5 }, { g: 4 }); // true
 */
export function holds(condition: Condition, item: Item | undefined): boolean {
  switch (condition.if) {
    case 'itemExists':
      return item !== undefined;
    case 'itemAbsent':
      return item === undefined;
    case 'all':
      return condition.of.every((part) => holds(part, item));
    case 'any':
      return condition.of.some((part) => holds(part, item));
    default:
      return holdsAt(condition, item);
  }
}

type Placed = Extract<Condition, { path: unknown }>;
type Order = Extract<Condition, { value: number | string }>;

function holdsAt(condition: Placed, item: Item | undefined): boolean {
  const found = item === undefined ? undefined : valueAt(item, condition.path);
  switch (condition.if) {
    case 'exists':
      return found !== undefined;
    case 'absent':
      return found === undefined;
    case 'is':
      return found !== undefined && sameValue(found, condition.value);
    case 'isNot':
      return found !== undefined && !sameValue(found, condition.value);
    default:
      return holdsInOrder(condition.if, ordered(found, condition.value));
  }
}

function holdsInOrder(relation: Order['if'], order: number | undefined): boolean {
  if (order === undefined) return false;
  switch (relation) {
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
  }
}

/** Sign of the order of two numbers or two texts; undefined for everything else, which no order condition holds for. */
function ordered(a: unknown, b: number | string): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return undefined;
}

/** Checks a condition and copies the values in it, as `takeItem` does for items. */
export function takeCondition(condition: Condition): Condition {
  if (countOf(condition) > CONDITIONS_MAX) refuse(`A condition has more than ${CONDITIONS_MAX} parts.`);
  return take(condition);
}

function take(condition: Condition): Condition {
  switch (condition.if) {
    case 'itemExists':
    case 'itemAbsent':
      return { if: condition.if };
    case 'all':
    case 'any':
      return { if: condition.if, of: condition.of.map(take) };
    case 'exists':
    case 'absent':
      checkPath(condition.path);
      return { if: condition.if, path: condition.path };
    case 'is':
    case 'isNot':
      checkPath(condition.path);
      return { if: condition.if, path: condition.path, value: takeValue(condition.value, 'a condition') };
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge': {
      checkPath(condition.path);
      const value = takeValue(condition.value, 'a condition');
      if (typeof value !== 'number' && typeof value !== 'string') refuse('Only numbers and strings have an order.');
      return { if: condition.if, path: condition.path, value };
    }
    default:
      return refuse(`There is no condition "${(condition as Condition).if}".`);
  }
}

function countOf(condition: Condition): number {
  if (condition.if !== 'all' && condition.if !== 'any') return 1;
  return condition.of.reduce((count, part) => count + countOf(part), 1);
}
