import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { distinguishedName, principalMapping } from '../../../lib/kafka/security/principal-mapping.ts';
import { certificate, type NamePart } from './certificates.ts';

const named = (...name: NamePart[]) => distinguishedName(new X509Certificate(certificate(name).cert));

describe('a distinguished name', () => {
  test('has its last part first', () => {
    expect(named(['C', 'DE'], ['O', 'Acme'], ['OU', 'Apps'], ['CN', 'größe'])).toBe('CN=größe,OU=Apps,O=Acme,C=DE');
  });

  test.each([
    ['a comma', 'x,CN=admin', 'CN=x\\,CN\\=admin'],
    ['a line', 'x\nCN=admin', 'CN=x\\0ACN=admin'],
    ['a plus', 'x+CN=admin', 'CN=x\\+CN=admin'],
  ])('with %s in it stays one part', (_, value) => {
    const name = named(['O', 'Acme'], ['CN', value]);
    expect(name.split(/(?<!\\)[,+\n]/)).toHaveLength(2);
    expect(name.endsWith(',O=Acme')).toBe(true);
    expect(name).not.toBe(named(['O', 'Acme'], ['CN', 'x'], ['CN', 'admin']));
  });
});

describe('rules', () => {
  const name = 'CN=Orders,OU=Apps,O=Acme';

  test.each<[string | undefined, string | undefined]>([
    [undefined, name],
    ['DEFAULT', name],
    ['RULE:^CN=(.*?),OU=Apps.*$/$1/', 'Orders'],
    ['RULE:^CN=(.*?),OU=Apps.*$/$1/L', 'orders'],
    ['RULE:^CN=(.*?),OU=Apps.*$/$1@apps/U', 'ORDERS@APPS'],
    ['RULE:^CN=(.*?),OU=Other.*$/$1/, RULE:.*O=(\\w+)$/all of $1/, DEFAULT', 'all of Acme'],
    ['RULE:^CN=(.*?),OU=Other.*$/$1/,DEFAULT', name],
    ['RULE:^CN=(.*?),OU=Other.*$/$1/', undefined],
    // A pattern takes the whole name.
    ['RULE:CN=Orders/x/', undefined],
    ['RULE:.*/$&$$/', '$&$$'],
  ])('%s', (rules, expected) => {
    expect(principalMapping(rules)(name)).toBe(expected);
  });

  test.each(['', 'default', 'RULE:a/b', 'RULE:(/b/', 'RULE:a/b/X', 'DEFAULT;DEFAULT'])('%j are refused', (rules) => {
    expect(() => principalMapping(rules)).toThrow(/no rule for names/);
  });
});
