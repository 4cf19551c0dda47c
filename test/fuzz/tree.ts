import type { Random } from '../../lib/bytes/index.ts';
import { below } from './mutate.ts';

/** Values that belong nowhere in particular, and so are wrong almost everywhere. */
const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, -0, 255, 32_768, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e308],
  ...['', ' ', 'x', '\u0000', '\ud800', '…', '__proto__', '-1', '1e3', '9223372036854775807', 'true', 'x'.repeat(300)],
  ...['*', '.', '..', '/', '%2e', 'AQ==', '2026-01-01T00:00:00Z', [], {}, [[]], [null], [1, 'a', {}], { a: { b: [] } }],
];
const DEPTH_MAX = 40;

/**
 * A tree of objects, lists and scalars with one place of it changed: another value in it, or it gone, there twice, under
 * another name, or deeper down. What it was made of stays as it is.
 */
export function changedTree(tree: unknown, random: Random, words: readonly string[] = []): unknown {
  if (random.next() < 0.15 || typeof tree !== 'object' || tree === null || tree instanceof Uint8Array) {
    return changedValue(tree, random, words);
  }
  if (Array.isArray(tree)) return changedList(tree, random, words);
  const entries = Object.entries(tree);
  const at = below(random, entries.length);
  const chosen = entries[at];
  if (!chosen) return { [word(random, words)]: odd(random, words) };
  const way = random.next();
  if (way < 0.1) return Object.fromEntries(entries.toSpliced(at, 1));
  if (way < 0.15) return { ...tree, [word(random, words)]: chosen[1] };
  return { ...tree, [chosen[0]]: changedTree(chosen[1], random, words) };
}

function changedList(list: readonly unknown[], random: Random, words: readonly string[]): unknown[] {
  const at = below(random, list.length);
  const way = random.next();
  if (list.length === 0 || way < 0.1) return [...list, odd(random, words)];
  if (way < 0.2) return list.toSpliced(at, 1);
  if (way < 0.3) return [...list, ...list];
  return list.with(at, changedTree(list[at], random, words));
}

function changedValue(value: unknown, random: Random, words: readonly string[]): unknown {
  if (typeof value === 'number' && random.next() < 0.5) return value + below(random, 5) - 2;
  if (typeof value === 'string' && random.next() < 0.4) {
    const at = below(random, value.length + 1);
    return value.slice(0, at) + word(random, words) + value.slice(at + below(random, 3));
  }
  if (random.next() < 0.05) return deep(value, 1 + below(random, DEPTH_MAX));
  return odd(random, words);
}

function deep(value: unknown, levels: number): unknown {
  let tree = value;
  for (let level = 0; level < levels; level++) tree = level % 2 === 0 ? [tree] : { a: tree };
  return tree;
}

function odd(random: Random, words: readonly string[]): unknown {
  return random.next() < 0.3 ? word(random, words) : ODD[below(random, ODD.length)];
}

function word(random: Random, words: readonly string[]): string {
  return words[below(random, words.length)] ?? 'x';
}

/** JSON with places changed; undefined where the text is none. */
export function changedJson(text: string, random: Random, words: readonly string[] = []): string | undefined {
  try {
    let tree: unknown = JSON.parse(text);
    for (let left = 1 + below(random, 3); left > 0; left--) tree = changedTree(tree, random, words);
    return JSON.stringify(tree) ?? 'null';
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
