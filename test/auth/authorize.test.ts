import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AccessRequest,
  type AclBinding,
  type AskedOperation,
  authorize,
  authorizeAny,
  BindingsIndex,
  hostAddress,
  OPERATIONS,
  OPERATIONS_OF,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
  type ResourceType,
} from '../../lib/auth/index.ts';
import { allow, deny } from './bindings.ts';

const ASKED = OPERATIONS.filter((operation): operation is AskedOperation => operation !== 'ALL');
// Few and short, so that they meet: prefixes of each other, and what is special.
const name = fc.constantFrom('a', 'ab', 'abc', 'b', '*', 'route.x');
const principal = fc.constantFrom('User:alice', 'User:bob');
const type = fc.constantFrom<ResourceType>('TOPIC', 'GROUP', 'TRANSACTIONAL_ID');
const operation = fc.constantFrom(...ASKED);
const binding: fc.Arbitrary<AclBinding> = fc.record({
  resource: fc.record({ type, pattern: fc.constantFrom(...PATTERN_TYPES), name }),
  principal: fc.constantFrom('User:alice', 'User:bob', 'User:*'),
  host: fc.constantFrom('*', '*', '10.0.0.1', '::1'),
  operation: fc.constantFrom(...OPERATIONS),
  permission: fc.constantFrom(...PERMISSIONS),
});
const host = fc.constantFrom(undefined, '10.0.0.1', '10.0.0.2', '::1');
const bindings = fc.array(binding, { maxLength: 12 });
const request: fc.Arbitrary<AccessRequest> = fc.record({
  principal,
  host,
  operation,
  resource: fc.record({ type, name: fc.oneof(name, fc.constant('abcd')) }),
});
const seeded = { seed: 41, numRuns: 2_000 };

const may = (rules: readonly AclBinding[], asked: AskedOperation, topic: string, who = 'User:alice') =>
  authorize(rules, { principal: who, operation: asked, resource: { type: 'TOPIC', name: topic } });

describe('a request', () => {
  test('that nothing allows is refused', () => {
    expect(may([], 'READ', 'orders')).toBe(false);
  });

  test('passes by its own name, by a prefix, by all names, and as everybody', () => {
    expect(may([allow('READ', 'orders')], 'READ', 'orders')).toBe(true);
    expect(may([allow('READ', 'ord', { pattern: 'PREFIXED' })], 'READ', 'orders')).toBe(true);
    expect(may([allow('READ', '*')], 'READ', 'orders')).toBe(true);
    expect(may([allow('READ', 'orders', { principal: 'User:*' })], 'READ', 'orders')).toBe(true);
    expect(may([allow('ALL', 'orders')], 'ALTER_CONFIGS', 'orders')).toBe(true);
  });

  test('does not pass by another name, a literal prefix, another kind of resource, somebody else or something else', () => {
    expect(may([allow('READ', 'order')], 'READ', 'orders')).toBe(false);
    expect(may([allow('READ', 'Orders')], 'READ', 'orders')).toBe(false);
    expect(may([allow('READ', 'orders', { type: 'GROUP' })], 'READ', 'orders')).toBe(false);
    expect(may([allow('READ', 'orders', { principal: 'User:bob' })], 'READ', 'orders')).toBe(false);
    expect(may([allow('WRITE', 'orders')], 'READ', 'orders')).toBe(false);
  });

  test('is not helped by a prefix that is an asterisk: only a literal one means all', () => {
    expect(may([allow('READ', '*', { pattern: 'PREFIXED' })], 'READ', 'orders')).toBe(false);
  });

  test.each(['READ', 'WRITE', 'DELETE', 'ALTER'] as const)('to describe is implied by %s', (by) => {
    expect(may([allow(by, 'orders')], 'DESCRIBE', 'orders')).toBe(true);
    expect(may([allow(by, 'orders')], 'DESCRIBE_CONFIGS', 'orders')).toBe(false);
  });

  test.each(['CREATE', 'ALTER_CONFIGS', 'DESCRIBE_CONFIGS'] as const)('to describe is not implied by %s', (by) => {
    expect(may([allow(by, 'orders')], 'DESCRIBE', 'orders')).toBe(false);
  });

  test('to describe settings is implied by altering them', () => {
    expect(may([allow('ALTER_CONFIGS', 'orders')], 'DESCRIBE_CONFIGS', 'orders')).toBe(true);
  });

  test('that is denied is not helped by anything that allows it', () => {
    expect(may([allow('ALL', '*'), deny('READ', 'ord', { pattern: 'PREFIXED' })], 'READ', 'orders')).toBe(false);
    expect(may([allow('READ', 'orders'), deny('ALL', '*', { principal: 'User:*' })], 'READ', 'orders')).toBe(false);
  });

  test('passes by a rule for its host, however that is written, and not by one for another', () => {
    const from = (host: string | undefined, ...rules: AclBinding[]) =>
      authorize(rules, {
        principal: 'User:alice',
        host,
        operation: 'READ',
        resource: { type: 'TOPIC', name: 'orders' },
      });
    const here = allow('READ', 'orders', { host: '10.0.0.7' });
    expect([from('10.0.0.7', here), from('10.0.0.70', here)]).toEqual([true, false]);
    expect(from('10.0.0.7', allow('READ', 'orders', { host: '::FFFF:10.0.0.7' }))).toBe(true);
    expect(from('::1', allow('READ', 'orders', { host: '0:0:0:0:0:0:0:1' }))).toBe(true);
    expect(from('10.0.0.7', allow('READ', 'orders'), deny('READ', '*', { host: '10.0.0.7' }))).toBe(false);
    expect(from('10.0.0.8', allow('READ', 'orders'), deny('READ', '*', { host: '10.0.0.7' }))).toBe(true);
  });

  test('from nobody knows where is let in by no rule for a host, and kept out by each', () => {
    const asked = { principal: 'User:alice', operation: 'READ', resource: { type: 'TOPIC', name: 'orders' } } as const;
    expect(authorize([allow('READ', 'orders', { host: '10.0.0.7' })], asked)).toBe(false);
    expect(authorize([allow('READ', 'orders'), deny('READ', 'orders', { host: '10.0.0.7' })], asked)).toBe(false);
    expect(authorize([allow('READ', 'orders')], asked)).toBe(true);
  });

  test('is not denied by what only would imply it', () => {
    expect(may([allow('DESCRIBE', 'orders'), deny('READ', 'orders')], 'DESCRIBE', 'orders')).toBe(true);
    expect(may([allow('READ', 'orders'), deny('DESCRIBE', 'orders')], 'READ', 'orders')).toBe(true);
  });
});

test.each([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['::FFFF:a00:7', '10.0.0.7'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['010.0.0.1', undefined],
  ['10.0.0', undefined],
  ['10.0.0.256', undefined],
  ['::1%eth0', undefined],
  ['[::1]', undefined],
  ['db.example', undefined],
  ['', undefined],
  [':', undefined],
])('the address %j is %j', (text, address) => {
  expect(hostAddress(text)).toBe(address);
});

describe('whatever the bindings', () => {
  test('their order does not matter, nor that one is there twice', () => {
    fc.assert(
      fc.property(bindings, request, (rules, asked) => {
        expect(authorize([...rules].reverse().concat(rules), asked)).toBe(authorize(rules, asked));
      }),
      seeded,
    );
  });

  test('one more DENY never lets more pass, and one more ALLOW never less', () => {
    fc.assert(
      fc.property(bindings, binding, request, (rules, one, asked) => {
        const before = authorize(rules, asked);
        if (authorize([...rules, { ...one, permission: 'DENY' }], asked)) expect(before).toBe(true);
        if (before) expect(authorize([...rules, { ...one, permission: 'ALLOW' }], asked)).toBe(true);
      }),
      seeded,
    );
  });

  test('those of others, of other kinds and of other names decide nothing', () => {
    fc.assert(
      fc.property(bindings, request, (rules, asked) => {
        const mine = rules.filter(({ principal: who, resource }) => {
          const named =
            resource.pattern === 'PREFIXED'
              ? asked.resource.name.startsWith(resource.name)
              : ['*', asked.resource.name].includes(resource.name);
          return ['User:*', asked.principal].includes(who) && resource.type === asked.resource.type && named;
        });
        expect(authorize(mine, asked)).toBe(authorize(rules, asked));
      }),
      seeded,
    );
  });

  test('the index leads to the same decision as all of them', () => {
    fc.assert(
      fc.property(bindings, request, (rules, asked) => {
        const index = new BindingsIndex(rules);
        expect(authorize(index.about(asked), asked)).toBe(authorize(rules, asked));
      }),
      seeded,
    );
  });

  test('a right on some resource of a kind is there when a name can be found that has it', () => {
    fc.assert(
      fc.property(bindings, principal, host, operation, type, (rules, who, from, asked, kind) => {
        // Every name that is named, and one below each that nobody named.
        const names = rules.flatMap(({ resource }) => [resource.name, `${resource.name}~`]).concat('~');
        const found = names.some((one) =>
          authorize(rules, { principal: who, host: from, operation: asked, resource: { type: kind, name: one } }),
        );
        expect(authorizeAny(rules, { principal: who, host: from, operation: asked, type: kind })).toBe(found);
      }),
      seeded,
    );
  });
});

test('every kind of resource has operations, ALL among them', () => {
  for (const kind of RESOURCE_TYPES) expect(OPERATIONS_OF[kind]).toContain('ALL');
});
