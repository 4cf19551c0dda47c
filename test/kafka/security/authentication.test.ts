import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRequest } from '../../../bench/kafka/peer/index.ts';
import type { ScramMechanism } from '../../../lib/auth/index.ts';
import { type GatewayOptions, KAFKA_ERRORS, type Peer } from '../../../lib/kafka/index.ts';
import { type SimulatedClock, settle, simulatedClock } from '../../support/clock.ts';
import { Client, openWorld, type World } from '../client.ts';
import { fields, plainToken, scramClient } from './scram-client.ts';

let clock: SimulatedClock;
let world: World;
let notices: string[];
beforeEach(() => open({ sasl: {} }));
afterEach(() => world.close());

async function open(security: GatewayOptions['security']): Promise<void> {
  clock = simulatedClock();
  notices = [];
  world = openWorld({ platform: { clock }, gateway: { security, onNotice: (text) => notices.push(text) } });
  await world.gateway.parts.security.credentials.setPassword('alice', 'wonderland', 4096);
}

function connect(peer: Partial<Peer> = {}): Client {
  const local = { host: '10.0.0.1', port: 9092 };
  return new Client(world.gateway.connect({ host: '127.0.0.1', local, listener: 'SASL_PLAINTEXT', ...peer }));
}

/** Waits for what a refusal waits for. */
async function waited<T>(answer: Promise<T>, ms = 100): Promise<T> {
  while (clock.sleepers === 0) await settle(1);
  await clock.advance(ms);
  return answer;
}

async function logInByPlain(client: Client, password = 'wonderland', user = 'alice') {
  await client.call('SaslHandshake', { mechanism: 'PLAIN' });
  return client.call('SaslAuthenticate', { authBytes: plainToken(user, password) });
}

async function logInByScram(client: Client, mechanism: ScramMechanism, password = 'wonderland', user = 'alice') {
  const scram = scramClient(mechanism, user, password);
  await client.call('SaslHandshake', { mechanism });
  const challenge = await client.call('SaslAuthenticate', { authBytes: scram.first() });
  const end = client.call('SaslAuthenticate', { authBytes: scram.final(challenge.authBytes) });
  return { challenge: fields(Buffer.from(challenge.authBytes).toString()), end, scram };
}

const refused = { errorCode: KAFKA_ERRORS.SASL_AUTHENTICATION_FAILED, authBytes: Buffer.alloc(0) };

describe('a client that has not authenticated', () => {
  test('asks for versions, and for nothing else', async () => {
    const client = connect();
    const software = { clientSoftwareName: 'x', clientSoftwareVersion: '1' };
    expect((await client.call('ApiVersions', software)).errorCode).toBe(0);
    await expect(client.call('Metadata', {})).rejects.toMatchObject({ code: 'kafka_unauthenticated' });
    expect(client.session.frameBytesMax).toBe(16 * 1024);
  });

  test('is told what there is, where it asks for another mechanism, and has to come again', async () => {
    const client = connect();
    expect(await client.call('SaslHandshake', { mechanism: 'GSSAPI' })).toEqual({
      errorCode: KAFKA_ERRORS.UNSUPPORTED_SASL_MECHANISM,
      mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    });
    expect(client.session.over).toBe(true);
  });

  test('has to begin with a handshake', async () => {
    const client = connect();
    const answer = await client.call('SaslAuthenticate', { authBytes: plainToken('alice', 'wonderland') });
    expect(answer.errorCode).toBe(KAFKA_ERRORS.ILLEGAL_SASL_STATE);
    expect(client.session.over).toBe(true);
  });

  test('may not begin twice', async () => {
    const client = connect();
    await client.call('SaslHandshake', { mechanism: 'PLAIN' });
    const again = await client.call('SaslHandshake', { mechanism: 'PLAIN' });
    expect(again.errorCode).toBe(KAFKA_ERRORS.ILLEGAL_SASL_STATE);
    expect(client.session.over).toBe(true);
  });
});

describe('a client with the right password', () => {
  test('is who it says, by PLAIN', async () => {
    const client = connect();
    expect(await logInByPlain(client)).toMatchObject({ errorCode: 0, sessionLifetimeMs: 0 });
    expect(client.session.principal).toBe('User:alice');
    expect((await client.call('Metadata', { topics: [] })).brokers).toHaveLength(1);
    expect(client.session.frameBytesMax).toBe(Number.POSITIVE_INFINITY);
  });

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('is who it says, by %s', async (mechanism) => {
    const client = connect();
    const { end, scram } = await logInByScram(client, mechanism);
    expect(await end).toMatchObject({ errorCode: 0, authBytes: Buffer.from(scram.expected()) });
    expect(client.session.principal).toBe('User:alice');
  });

  test('is who it says by tokens without headers, after a handshake of version 0', async () => {
    const client = connect();
    await client.call('SaslHandshake', { mechanism: 'SCRAM-SHA-256' }, 0);
    const scram = scramClient('SCRAM-SHA-256', 'alice', 'wonderland');
    const challenge = Buffer.concat((await client.session.handle(scram.first()))!.parts);
    expect(challenge.readInt32BE(0)).toBe(challenge.length - 4);
    const end = Buffer.concat((await client.session.handle(scram.final(challenge.subarray(4))))!.parts);
    expect(end.subarray(4).toString()).toBe(scram.expected());
    expect((await client.call('Metadata', { topics: [] })).brokers).toHaveLength(1);
  });
});

describe('a wrong password', () => {
  test('is told to the operator: the first from an address, the tenth, the hundredth', async () => {
    for (let i = 0; i < 12; i++) await waited(logInByPlain(connect(), 'secret-guess'), 10_000);
    await waited(logInByPlain(connect({ host: '127.0.0.2' }), 'secret-guess'), 10_000);
    const failed = (host: string) => `a Kafka client at ${host} failed to log in: wrong name or password, by PLAIN`;
    expect(notices).toEqual([failed('127.0.0.1'), `${failed('127.0.0.1')}, 10 times now`, failed('127.0.0.2')]);
  });

  test('is answered after a while, and the connection ends', async () => {
    const client = connect();
    const answer = logInByPlain(client, 'looking-glass');
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    while (clock.sleepers === 0) await settle(1);
    await clock.advance(99);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await answer).toMatchObject(refused);
    expect(client.session.over).toBe(true);
    expect(await client.ask('Metadata', {})).toBeUndefined();
  });

  test('without headers gets no answer at all', async () => {
    const client = connect();
    await client.call('SaslHandshake', { mechanism: 'PLAIN' }, 0);
    expect(await waited(client.session.handle(plainToken('alice', 'no')))).toBeUndefined();
    expect(client.session.over).toBe(true);
  });

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    'says nothing of whether there is such a user, by %s',
    async (mechanism) => {
      const wrong = await logInByScram(connect(), mechanism, 'no');
      const unknown = await logInByScram(connect({ host: '127.0.0.2' }), mechanism, 'no', 'bob');
      const again = await logInByScram(connect({ host: '127.0.0.3' }), mechanism, 'no', 'bob');
      while (clock.sleepers < 3) await settle(1);
      await clock.advance(100);
      const [known, foreign] = await Promise.all([wrong.end, unknown.end, again.end]);
      expect(foreign).toEqual(known);
      expect(known).toMatchObject(refused);
      expect(unknown.challenge.i).toBe(wrong.challenge.i);
      expect(unknown.challenge.s).toHaveLength(wrong.challenge.s!.length);
      // A salt that changed would tell that it was made up.
      expect(again.challenge.s).toBe(unknown.challenge.s);
      expect(unknown.challenge.s).not.toBe(wrong.challenge.s);
    },
  );

  test('waits twice as long each time, for its address alone', async () => {
    for (const ms of [100, 200, 400]) {
      const answer = logInByPlain(connect(), 'no');
      while (clock.sleepers === 0) await settle(1);
      const before = clock.monotonicMs();
      await clock.step();
      expect(clock.monotonicMs() - before).toBe(ms);
      await answer;
    }
    expect(await waited(logInByPlain(connect({ host: '127.0.0.2' }), 'no'), 100)).toMatchObject(refused);
    expect((await logInByPlain(connect())).errorCode).toBe(0);
  });
});

describe('PLAIN', () => {
  test('is not offered to another machine without TLS', async () => {
    const client = connect({ host: '10.0.0.7' });
    const { errorCode, mechanisms } = await client.call('SaslHandshake', { mechanism: 'PLAIN' });
    expect([errorCode, mechanisms]).toEqual([
      KAFKA_ERRORS.UNSUPPORTED_SASL_MECHANISM,
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'],
    ]);
  });

  test('is offered to another machine by TLS', async () => {
    expect((await logInByPlain(connect({ host: '10.0.0.7', tls: { principal: undefined } }))).errorCode).toBe(0);
  });

  test('is offered without TLS where that is allowed', async () => {
    await world.close();
    await open({ sasl: { plainWithoutTls: true } });
    expect((await logInByPlain(connect({ host: '10.0.0.7' }))).errorCode).toBe(0);
  });
});

describe('a session that lasts a minute', () => {
  let client: Client;
  beforeEach(async () => {
    await world.close();
    await open({ sasl: { sessionLifetimeMs: 60_000 } });
    client = connect();
    expect((await logInByPlain(client)).sessionLifetimeMs).toBe(60_000);
  });

  test('ends unless the client authenticates again', async () => {
    await clock.advance(59_999);
    await client.call('Metadata', { topics: [] });
    await clock.advance(1);
    await expect(client.call('Metadata', { topics: [] })).rejects.toMatchObject({ code: 'kafka_unauthenticated' });
  });

  test('goes on where it does, even late', async () => {
    await clock.advance(70_000);
    expect((await logInByPlain(client)).errorCode).toBe(0);
    await client.call('Metadata', { topics: [] });
  });

  test('is nobody else’s', async () => {
    await world.gateway.parts.security.credentials.setPassword('bob', 'builder', 4096);
    await clock.advance(10_000);
    expect(await logInByPlain(client, 'builder', 'bob')).toMatchObject({
      ...refused,
      errorMessage: 'Cannot change principals during re-authentication from User.alice: User.bob',
    });
    expect(client.session.over).toBe(true);
    // The password was right: nobody has guessed.
    expect(notices).toEqual([]);
  });

  test('is refused to who gives a wrong password, without a word of whose it is', async () => {
    await clock.advance(10_000);
    const { errorCode, errorMessage } = await waited(logInByPlain(client, 'looking-glass', 'bob'));
    expect([errorCode, errorMessage]).toEqual([
      KAFKA_ERRORS.SASL_AUTHENTICATION_FAILED,
      'Authentication failed: invalid credentials with SASL mechanism PLAIN',
    ]);
  });

  test('may not be renewed by another mechanism', async () => {
    await clock.advance(10_000);
    const { errorCode } = await client.call('SaslHandshake', { mechanism: 'SCRAM-SHA-256' });
    expect(errorCode).toBe(KAFKA_ERRORS.ILLEGAL_SASL_STATE);
  });

  test('is not renewed within a second, and goes on', async () => {
    await clock.advance(999);
    const { errorCode } = await client.call('SaslHandshake', { mechanism: 'PLAIN' });
    expect(errorCode).toBe(KAFKA_ERRORS.ILLEGAL_SASL_STATE);
    await client.call('Metadata', { topics: [] });
  });

  test('is renewed by nobody who asks for something else in between', async () => {
    await clock.advance(10_000);
    await client.call('SaslHandshake', { mechanism: 'PLAIN' });
    await expect(client.call('Metadata', { topics: [] })).rejects.toMatchObject({ code: 'kafka_unauthenticated' });
  });
});

test('where nobody has to authenticate, SASL is answered as Kafka does', async () => {
  await world.close();
  await open({});
  const client = connect();
  expect((await client.call('SaslHandshake', { mechanism: 'PLAIN' })).errorCode).toBe(KAFKA_ERRORS.ILLEGAL_SASL_STATE);
  const { errorCode } = await client.call('SaslAuthenticate', { authBytes: Buffer.of(1) });
  expect(errorCode).toBe(KAFKA_ERRORS.ILLEGAL_SASL_STATE);
  expect(client.session.over).toBe(false);
  expect(client.session.principal).toBe('User:ANONYMOUS');
});

test('a client of a certificate is whom it stands for, unless it says another name', async () => {
  const client = connect({ tls: { principal: 'User:CN=alice' } });
  expect(client.session.principal).toBe('User:CN=alice');
  await logInByPlain(client);
  expect(client.session.principal).toBe('User:alice');
});

test('a request is read as no token, and a token as no request', async () => {
  const client = connect();
  await client.call('SaslHandshake', { mechanism: 'PLAIN' }, 0);
  const request = encodeRequest('Metadata', 1, { correlationId: 1, clientId: 'x' }, { topics: [] });
  expect(await waited(client.session.handle(Buffer.concat(request.parts).subarray(4)))).toBeUndefined();
  expect(client.session.over).toBe(true);
});
