import { beforeEach, describe, expect, test } from 'vitest';
import {
  ACLS_FRESH_MS,
  ACLS_MAX,
  ACLS_STALE_MS_MAX,
  type AclBinding,
  type AclFilter,
  Acls,
  ANY_ACL,
  type AskedOperation,
  Authorizer,
} from '../../lib/auth/index.ts';
import { type MetaStore, memoryStores, StoreError } from '../../lib/store/index.ts';
import { type SimulatedClock, simulatedClock } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { allow, deny } from './bindings.ts';

/** The items of a store in memory whose queries can be made to wait or fail, and are counted. */
class Watched {
  readonly items: MetaStore;
  queries = 0;
  broken = false;
  #gate: Promise<void> | undefined;

  constructor() {
    const { items } = memoryStores();
    this.items = intercepted(items, {
      query: async (pk, options) => {
        this.queries++;
        if (this.broken) throw new StoreError('store_unavailable', 'The store does not answer.');
        const gate = this.#gate;
        this.#gate = undefined;
        const answer = await items.query(pk, options);
        await gate;
        return answer;
      },
    });
  }

  /** Holds back the next answer, read already, until the function that it returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }
}

let clock: SimulatedClock;
let store: Watched;
let acls: Acls;
let authorizer: Authorizer;

beforeEach(() => {
  clock = simulatedClock();
  store = new Watched();
  acls = new Acls({ items: store.items, clock });
  authorizer = new Authorizer(acls, { superUsers: ['User:root'] });
});

const mayRead = (topic = 'orders', principal = 'User:alice') =>
  authorizer.may({ principal, operation: 'READ', resource: { type: 'TOPIC', name: topic } });
const elsewhere = () => new Acls({ items: store.items, clock });

describe('bindings', () => {
  test('are made once, however often they are made, and deleted once', async () => {
    const one = allow('READ', 'orders');
    await acls.create([one]);
    await acls.create([one, one]);
    expect(await acls.list()).toEqual([one]);
    const named: AclFilter = { pattern: 'LITERAL', type: 'TOPIC', name: 'orders' };
    expect(await acls.delete([named])).toEqual([[one]]);
    expect(await acls.delete([named])).toEqual([[]]);
    expect(await acls.list()).toEqual([]);
  });

  test('that differ in one thing only are different', async () => {
    const all = [
      allow('READ', 'orders'),
      deny('READ', 'orders'),
      allow('WRITE', 'orders'),
      allow('READ', 'orders', { pattern: 'PREFIXED' }),
      allow('READ', 'orders', { type: 'GROUP' }),
      allow('READ', 'orders', { principal: 'User:bob' }),
      allow('READ', 'orders2'),
    ];
    await acls.create(all);
    expect(await acls.list()).toHaveLength(all.length);
    await acls.delete([{ ...ANY_ACL, permission: 'DENY' }]);
    expect(await acls.list()).toHaveLength(all.length - 1);
  });

  test('have a limit, at which those that are there may still be made again, and deleted', async () => {
    const many = Array.from({ length: ACLS_MAX }, (_, i) => allow('READ', `topic-${i}`));
    await acls.create(many);
    await expect(acls.create([allow('WRITE', 'orders')])).rejects.toMatchObject({ code: 'acls_full' });
    await acls.create(many.slice(0, 2));
    await acls.delete([{ pattern: 'LITERAL', name: 'topic-0' }]);
    await acls.create([allow('WRITE', 'orders')]);
    expect(await mayRead(`topic-${ACLS_MAX - 1}`)).toBe(true);
  });

  test('are all checked before the first is written', async () => {
    await expect(acls.create([allow('READ', 'orders'), allow('READ', '')])).rejects.toMatchObject({
      code: 'acl_invalid',
    });
    expect(await acls.list()).toEqual([]);
  });

  test.each<[string, AclBinding]>([
    ['a principal without its kind', allow('READ', 'orders', { principal: 'alice' })],
    ['a principal without a name', allow('READ', 'orders', { principal: 'User:' })],
    ['a control character in a principal', allow('READ', 'orders', { principal: 'User:a\nb' })],
    ['a resource without a name', allow('READ', '')],
    ['a host that is no address', allow('READ', 'orders', { host: 'db.example' })],
    ['an address that cannot be', allow('READ', 'orders', { host: '10.0.0.256' })],
    ['a cluster of another name', allow('ALTER', 'orders', { type: 'CLUSTER' })],
    ['clusters by prefix', allow('ALTER', 'kafka-cluster', { type: 'CLUSTER', pattern: 'PREFIXED' })],
    ['writing to a group', allow('WRITE', 'billing', { type: 'GROUP' })],
    ['a principal of endless length', allow('READ', 'orders', { principal: `User:${'a'.repeat(300)}` })],
  ])('are refused for %s', async (_, binding) => {
    await expect(acls.create([binding])).rejects.toMatchObject({ code: 'acl_invalid' });
  });
});

describe('a filter', () => {
  const literal = allow('READ', 'orders');
  const prefixed = allow('READ', 'ord', { pattern: 'PREFIXED' });
  const every = allow('READ', '*');
  const denied = deny('ALL', 'orders', { principal: 'User:*' });
  const group = allow('READ', 'orders', { type: 'GROUP' });

  test.each<[string, AclFilter, AclBinding[]]>([
    ['nothing but ANY: all', ANY_ACL, [literal, prefixed, every, denied, group]],
    ['a kind: those of it', { pattern: 'ANY', type: 'GROUP' }, [group]],
    [
      'LITERAL and a name: those by that very name',
      { pattern: 'LITERAL', type: 'TOPIC', name: 'orders' },
      [literal, denied],
    ],
    ['LITERAL and an asterisk: those for all', { pattern: 'LITERAL', name: '*' }, [every]],
    ['PREFIXED and a name: those by that very prefix', { pattern: 'PREFIXED', name: 'ord' }, [prefixed]],
    ['PREFIXED and a longer name: none', { pattern: 'PREFIXED', name: 'orders' }, []],
    ['ANY and a name: of both kinds, by that very name', { pattern: 'ANY', name: 'ord' }, [prefixed]],
    [
      'MATCH and a name: those that apply to it',
      { pattern: 'MATCH', type: 'TOPIC', name: 'orders' },
      [literal, prefixed, every, denied],
    ],
    [
      'MATCH and a name that only some take in',
      { pattern: 'MATCH', type: 'TOPIC', name: 'ordinary' },
      [prefixed, every],
    ],
    ['a principal: its own, not those of everybody', { pattern: 'ANY', type: 'TOPIC', principal: 'User:*' }, [denied]],
    ['an operation: that one, not ALL', { pattern: 'ANY', type: 'TOPIC', operation: 'ALL' }, [denied]],
    ['a permission', { pattern: 'ANY', permission: 'DENY' }, [denied]],
    ['a host that none has', { pattern: 'ANY', host: '10.0.0.1' }, []],
  ])('by %s', async (_, filter, expected) => {
    await acls.create([literal, prefixed, every, denied, group]);
    const found = await acls.list(filter);
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
  });

  test('several at once delete what any of them means, and answer each for itself', async () => {
    await acls.create([literal, prefixed, group]);
    const topics: AclFilter = { pattern: 'ANY', type: 'TOPIC' };
    const named: AclFilter = { pattern: 'ANY', name: 'orders' };
    expect(await acls.delete([topics, named])).toEqual([
      [prefixed, literal],
      [group, literal],
    ]);
    expect(await acls.list()).toEqual([]);
  });
});

describe('what was read', () => {
  test('serves for a while, and is then read once for all who ask', async () => {
    await acls.create([allow('READ', 'orders')]);
    store.queries = 0;
    expect(await Promise.all(Array.from({ length: 50 }, () => mayRead()))).not.toContain(false);
    expect(store.queries).toBe(1);
    await clock.advance(ACLS_FRESH_MS - 1);
    await mayRead();
    expect(store.queries).toBe(1);
    await clock.advance(1);
    await Promise.all([mayRead(), mayRead()]);
    expect(store.queries).toBe(2);
  });

  test('shows own changes at once, and those of another process within its time', async () => {
    expect(await mayRead()).toBe(false);
    await acls.create([allow('READ', 'orders')]);
    expect(await mayRead()).toBe(true);
    await elsewhere().delete([ANY_ACL]);
    await clock.advance(ACLS_FRESH_MS);
    expect(await mayRead()).toBe(false);
  });

  test('before an own change does not count after it, be it still on its way', async () => {
    await acls.create([allow('READ', 'orders')]);
    const release = store.hold();
    const early = mayRead();
    await acls.delete([ANY_ACL]);
    expect(await mayRead()).toBe(false);
    release();
    expect(await early).toBe(true);
    expect(await mayRead()).toBe(false);
  });

  test('is too old when wall time has moved on, though the monotonic clock stood still', async () => {
    await acls.create([allow('READ', 'orders')]);
    expect(await mayRead()).toBe(true);
    await elsewhere().delete([ANY_ACL]);
    clock.jump(60_000);
    expect(await mayRead()).toBe(false);
  });

  test('serves on while the store does not answer, then nothing is allowed', async () => {
    await acls.create([allow('READ', 'orders')]);
    expect(await mayRead()).toBe(true);
    store.broken = true;
    await clock.advance(ACLS_STALE_MS_MAX - 1);
    expect(await mayRead()).toBe(true);
    await clock.advance(1);
    await expect(mayRead()).rejects.toMatchObject({ code: 'store_unavailable' });
    store.broken = false;
    expect(await mayRead()).toBe(true);
  });

  test('is nothing, and the store does not answer: nothing is allowed', async () => {
    store.broken = true;
    await expect(mayRead()).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('an authorizer', () => {
  test('lets super users do everything, even while no binding can be read', async () => {
    store.broken = true;
    expect(await mayRead('orders', 'User:root')).toBe(true);
  });

  test('says who may not do what to which', async () => {
    const refused = authorizer.require('User:alice', 'WRITE', { type: 'TOPIC', name: 'orders' });
    await expect(refused).rejects.toMatchObject({
      code: 'not_authorized',
      message: 'User:alice is not authorized to WRITE topic "orders".',
    });
  });

  test('filters what may be seen, and knows whether there is anything', async () => {
    await acls.create([allow('READ', 'ord', { pattern: 'PREFIXED' }), deny('ALL', 'orders.secret')]);
    const by = { type: 'TOPIC', nameOf: (name: string) => name } as const;
    const seen = (who: string, operation: AskedOperation = 'DESCRIBE') =>
      authorizer.filter(who, operation, by, ['orders', 'orders.secret', 'payments']);
    expect(await seen('User:alice')).toEqual(['orders']);
    expect(await seen('User:alice', 'WRITE')).toEqual([]);
    expect(await seen('User:root')).toEqual(['orders', 'orders.secret', 'payments']);
    expect(await authorizer.mayOnAny({ principal: 'User:alice' }, 'READ', 'TOPIC')).toBe(true);
    expect(await authorizer.mayOnAny({ principal: 'User:alice' }, 'READ', 'GROUP')).toBe(false);
  });

  test.each(['root', 'User:', 'User:*'])('takes no %j for a super user', (principal) => {
    expect(() => new Authorizer(acls, { superUsers: [principal] })).toThrow(
      expect.objectContaining({ code: 'acl_invalid' }),
    );
  });
});
