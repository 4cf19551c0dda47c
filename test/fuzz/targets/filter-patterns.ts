import { parseFilter } from '../../../lib/route/filter.ts';
import { RouteError } from '../../../lib/route/index.ts';
import type { Target } from '../target.ts';
import { changedText, JSON_WORDS } from './items.ts';

const EVENT = {
  ...{
    topic: 'orders',
    partition: 3,
    offset: 17,
    timestamp: '2026-01-01T00:00:00.000Z',
    timestampMs: 1_767_225_600_000,
  },
  ...{ key: 'EU-1', headers: { trace: 'abc', list: ['a', 'b'] } },
  value: {
    delay: 61.5,
    name: 'Größe',
    ip: '10.0.0.7',
    deep: [{ a: 1, b: [2, [3]] }, { a: 4 }],
    nothing: null,
    yes: true,
  },
};

function nested(levels: number): object {
  return levels === 0 ? { a: [1] } : { a: nested(levels - 1) };
}

const PATTERNS: Readonly<Record<string, object>> = {
  literals: { topic: ['orders'], partition: [3], value: { yes: [true], nothing: [null] } },
  prefix: { key: [{ prefix: 'EU' }] },
  'prefix-ignore-case': { key: [{ prefix: { 'equals-ignore-case': 'eu' } }] },
  suffix: { key: [{ suffix: '-1' }] },
  'suffix-ignore-case': { key: [{ prefix: 'EU' }, { suffix: { 'equals-ignore-case': '-1' } }], topic: ['orders'] },
  'equals-ignore-case': { value: { name: [{ 'equals-ignore-case': 'grösse' }] } },
  'numeric-range': { value: { delay: [{ numeric: ['>', 60, '<=', 90] }] } },
  'numeric-equal': { offset: [{ numeric: ['=', 17] }] },
  cidr: { value: { ip: [{ cidr: '10.0.0.0/8' }] } },
  'cidr-v6': { value: { ip: [{ cidr: '2001:db8::/32' }] } },
  wildcard: { value: { name: [{ wildcard: 'G*e' }] } },
  'exists-not': { value: { gone: [{ exists: false }], yes: [{ exists: true }] } },
  'anything-but-values': { key: [{ 'anything-but': ['a', 'b'] }], partition: [{ 'anything-but': 4 }] },
  'anything-but-prefix': { value: { nothing: [null], name: [{ 'anything-but': { prefix: ['a', 'b'] } }] } },
  'anything-but-wildcard': { key: [{ 'anything-but': { wildcard: '*x*' } }] },
  or: { $or: [{ value: { ip: [{ cidr: '10.0.0.0/8' }] } }, { value: { name: [{ wildcard: 'G*e' }] } }] },
  'within-one-element': { value: { deep: { a: [1], b: [2] } }, headers: { list: ['b'] } },
  'refused-empty': {},
  'refused-unknown-operator': { key: [{ infix: 'a' }] },
  'refused-exists-of-text': { key: [{ exists: 'yes' }] },
  'refused-numeric-of-text': { offset: [{ numeric: ['>', '5'] }] },
  'refused-or-of-nothing': { $or: [] },
  'refused-nested-too-deep': { value: nested(65) },
  'nested-deep': { value: nested(60) },
  'refused-no-array': { key: 'a' },
};

export const target: Target = {
  name: 'filter-patterns',
  seeds: () =>
    Object.fromEntries(Object.entries(PATTERNS).map(([name, pattern]) => [name, Buffer.from(JSON.stringify(pattern))])),
  words: [
    ...JSON_WORDS,
    ...[
      '"$or"',
      '"numeric"',
      '"wildcard"',
      '"**"',
      '"*a*b*c*"',
      '"cidr"',
      '"::/0"',
      '"exists"',
      '"anything-but"',
      '"prefix"',
    ],
    ...['"value"', '"key"', '"headers"', '[[[[', '{"a":{"a":{"a":'],
  ],
  change: changedText([
    '$or',
    'numeric',
    'wildcard',
    '*a*b*',
    'cidr',
    '::/0',
    'exists',
    'anything-but',
    'prefix',
    'value',
    'key',
  ]),
  take(text) {
    const passes = parseFilter(Buffer.from(text).toString());
    passes(EVENT as never);
    passes({ ...EVENT, value: undefined } as never);
    return undefined;
  },
  isClean: (error) => error instanceof RouteError && error.code === 'filter_invalid',
};
