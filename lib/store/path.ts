import type { Item, Path, Value } from './port.ts';
import { checkAttribute, checkName, refuse, VALUE_DEPTH_MAX } from './value.ts';

/** The value at `path`, or undefined where there is none. */
export function valueAt(item: Item, path: Path): Value | undefined {
  let value: Value | undefined = item;
  for (const step of path) {
    value = entryOf(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

/** The entry or element `step` of a container; undefined where `value` has none, or is no container of that kind. */
export function entryOf(value: Value | undefined, step: string | number): Value | undefined {
  if (typeof step === 'number') return Array.isArray(value) ? (value as readonly Value[])[step] : undefined;
  return isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

export function isMap(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** A path as DynamoDB writes it, for messages: `n.p3`, `t[0]`. */
export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}

/** @throws store_invalid */
export function checkPath(path: Path): void {
  if (path.length === 0 || typeof path[0] !== 'string') refuse('A path must begin with the name of an attribute.');
  if (path.length > VALUE_DEPTH_MAX) refuse(`The path ${pathText(path)} has more than ${VALUE_DEPTH_MAX} steps.`);
  checkAttribute(path[0]);
  for (const step of path) {
    if (typeof step === 'string') checkName(step, `the path ${pathText(path)}`);
    else if (!Number.isSafeInteger(step) || step < 0)
      refuse(`The path ${pathText(path)} has an index that is no whole number.`);
  }
}

interface PathNode {
  ends: boolean;
  readonly steps: Map<string | number, PathNode>;
}

/**
 * Refuses paths of which one is, or lies within, another, or which take the same place once for a list and once for a
 * map. Source: DynamoDB's "Two document paths overlap (conflict) with each other".
 */
export function checkDisjoint(paths: readonly Path[]): void {
  const root: PathNode = { ends: false, steps: new Map() };
  for (const path of paths) {
    let node = root;
    for (const step of path) {
      if (node.ends) refuseOverlap(path);
      let next = node.steps.get(step);
      if (!next) {
        const sibling = node.steps.keys().next().value;
        if (sibling !== undefined && typeof sibling !== typeof step) refuseOverlap(path);
        next = { ends: false, steps: new Map() };
        node.steps.set(step, next);
      }
      node = next;
    }
    if (node.ends || node.steps.size > 0) refuseOverlap(path);
    node.ends = true;
  }
}

function refuseOverlap(path: Path): never {
  refuse(`Two actions touch overlapping paths, one of them ${pathText(path)}; an update may touch each place once.`);
}
