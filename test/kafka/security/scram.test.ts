import { describe, expect, test } from 'vitest';
import { type ScramCredential, type ScramMechanism, saltedPassword, scramKeys } from '../../../lib/auth/index.ts';
import { PlainExchange } from '../../../lib/kafka/security/plain.ts';
import { ScramExchange } from '../../../lib/kafka/security/scram.ts';
import { readClientFinal, readClientFirst } from '../../../lib/kafka/security/scram-messages.ts';
import { fields, plainToken, scramClient } from './scram-client.ts';

async function credential(
  mechanism: ScramMechanism,
  password: string,
  salt = 'W22ZaJ0SNY7soEsUEjb6gQ==',
): Promise<ScramCredential> {
  const made = { salt: Buffer.from(salt, 'base64'), iterations: 4096 };
  return { mechanism, ...made, ...scramKeys(mechanism, await saltedPassword(mechanism, password, made)) };
}

async function exchange(mechanism: ScramMechanism, { password = 'pencil', nonce = 'server', decoy = false } = {}) {
  const found = { credential: await credential(mechanism, password), decoy };
  return new ScramExchange(mechanism, { find: async () => found }, nonce);
}

describe('SCRAM', () => {
  test('says what RFC 7677 has in its example', async () => {
    const server = await exchange('SCRAM-SHA-256', { nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0' });
    const challenge = await server.step(Buffer.from('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'));
    expect(challenge).toEqual({
      is: 'more',
      token: Buffer.from('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'),
    });
    const end = await server.step(
      Buffer.from(
        'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      ),
    );
    const token = Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    expect(end).toEqual({ is: 'done', token, user: 'user' });
  });

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    '%s lets the right password in, and proves itself',
    async (mechanism) => {
      const server = await exchange(mechanism);
      const client = scramClient(mechanism, 'a=b,c', 'pencil');
      const challenge = await server.step(client.first());
      if (challenge.is !== 'more') throw new Error('refused');
      const end = await server.step(client.final(challenge.token));
      expect(end).toEqual({ is: 'done', token: Buffer.from(client.expected()), user: 'a=b,c' });
    },
  );

  test.each<[string, (final: string) => string]>([
    ['a proof of another password', (final) => final],
    ['another nonce', (final) => final.replace('server', 'serveR')],
    ['only the nonce of the client', (final) => final.replace('server', '')],
    ['another channel binding', (final) => final.replace('c=biws', 'c=eSws')],
    ['a proof that is too short', (final) => final.replace(/p=.*/, 'p=AAAA')],
    ['no proof', (final) => final.replace(/,p=.*/, '')],
    ['no message', () => '\xff'],
  ])('%s is refused', async (what, change) => {
    const server = await exchange('SCRAM-SHA-256');
    const client = scramClient('SCRAM-SHA-256', 'alice', what.startsWith('a proof of another') ? 'pen' : 'pencil');
    const challenge = await server.step(client.first());
    if (challenge.is !== 'more') throw new Error('refused');
    const final = Buffer.from(client.final(challenge.token)).toString();
    expect(await server.step(Buffer.from(change(final), 'latin1'))).toEqual({ is: 'refused' });
  });

  test('a decoy is refused, even where its password is known', async () => {
    const server = await exchange('SCRAM-SHA-256', { decoy: true });
    const client = scramClient('SCRAM-SHA-256', 'alice', 'pencil');
    const challenge = await server.step(client.first());
    if (challenge.is !== 'more') throw new Error('refused');
    expect(await server.step(client.final(challenge.token))).toEqual({ is: 'refused' });
  });

  test.each([
    ['channel binding, which is not offered', 'p=tls-unique,,n=user,r=abc'],
    ['an extension that must be understood', 'n,,m=x,n=user,r=abc'],
    ['an equals sign that is not escaped', 'n,,n=us=er,r=abc'],
    ['no nonce', 'n,,n=user,r='],
    ['somebody else to act for', 'n,a=bob,n=user,r=abc'],
    ['nothing', ''],
  ])('a first message with %s is refused', async (_, message) => {
    expect(await (await exchange('SCRAM-SHA-256')).step(Buffer.from(message))).toEqual({ is: 'refused' });
  });

  test('a first message may name itself to act for, and bring extensions', () => {
    expect(readClientFirst(Buffer.from('y,a=u=2Cser,n=u=2Cser,r=abc,x=1'))).toEqual({
      gs2Header: 'y,a=u=2Cser,',
      authorizationId: 'u,ser',
      user: 'u,ser',
      nonce: 'abc',
      bare: 'n=u=2Cser,r=abc,x=1',
    });
    expect(readClientFinal(Buffer.from('c=biws,r=abc,x=1,p=AAAA'))?.withoutProof).toBe('c=biws,r=abc,x=1');
  });

  test('a nonce that is made for the server is joined to that of the client', async () => {
    const challenge = await (await exchange('SCRAM-SHA-512', { nonce: 'xyz' })).step(Buffer.from('n,,n=u,r=abc'));
    if (challenge.is !== 'more') throw new Error('refused');
    expect(fields(Buffer.from(challenge.token).toString())).toMatchObject({ r: 'abcxyz', i: '4096' });
  });
});

describe('PLAIN', () => {
  const plain = new PlainExchange({
    check: async (user, password) => user === 'alice' && `${Buffer.from(password)}` === 'pencil',
  });

  test.each([
    ['', 'alice'],
    ['alice', 'alice'],
  ])('takes the right password where %j is to be acted for', async (actsFor, user) => {
    expect(await plain.step(plainToken(user, 'pencil', actsFor))).toMatchObject({ is: 'done', user: 'alice' });
  });

  test.each([
    ['another password', plainToken('alice', 'pen')],
    ['no password', plainToken('alice', '')],
    ['no name', plainToken('', 'pencil')],
    ['somebody else to act for', plainToken('alice', 'pencil', 'bob')],
    ['too few parts', Buffer.from('alice\0pencil')],
    ['too many parts', Buffer.from('\0alice\0pencil\0')],
    ['bytes that are not UTF-8', Buffer.from('\0alice\0\xff', 'latin1')],
    ['a password without end', plainToken('alice', 'p'.repeat(10_000))],
  ])('%s is refused', async (_, token) => {
    expect(await plain.step(token)).toEqual({ is: 'refused' });
  });
});
