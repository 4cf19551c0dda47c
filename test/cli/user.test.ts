import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Credentials } from '../../lib/auth/index.ts';
import { world } from './world.ts';

let own: Awaited<ReturnType<typeof world>>;
let users: Credentials;
beforeAll(async () => {
  own = await world();
  users = new Credentials(own.served.platform);
});
afterAll(() => own.served.close());

const run = (args: string[], input?: string) => own.run(['user', ...args], { ...(input !== undefined && { input }) });

describe('millrace user', () => {
  test('makes a user with a password that is printed once, and not kept', async () => {
    const { code, stdout, stderr } = await run(['add', 'alice']);
    expect([code, stderr]).toEqual([0, 'User alice may authenticate, with this password.\n']);
    const password = stdout.trim();
    expect(password).toHaveLength(32);
    expect(await users.check('alice', Buffer.from(password))).toBe(true);
    const stored = await own.served.platform.items.query('users');
    expect(JSON.stringify(stored)).not.toContain(password);
  });

  test('takes a password from standard input', async () => {
    const { code, stdout } = await run(['add', 'bob', '--password-stdin'], 'a long sentence\n');
    expect([code, stdout]).toEqual([0, '']);
    expect(await users.check('bob', Buffer.from('a long sentence'))).toBe(true);
    expect(await users.check('bob', Buffer.from('a long sentence\n'))).toBe(false);
    expect((await run(['add', 'bob', '--password-stdin'], '')).code).toBe(4);
  });

  test('lists users, and removes them', async () => {
    await run(['add', 'carol']);
    const { stdout } = await run(['list']);
    expect(stdout.split('\n').find((line) => line.startsWith('carol'))).toMatch(
      /SCRAM-SHA-256 \(16384\), SCRAM-SHA-512 \(16384\)/,
    );
    expect(await run(['remove', 'carol'])).toMatchObject({ code: 0, stderr: 'Removed user carol.\n' });
    expect(await run(['remove', 'carol'])).toMatchObject({ code: 3 });
    expect(await users.check('carol', Buffer.from('x'))).toBe(false);
  });

  test('refuses a name that nobody can have', async () => {
    expect(await run(['add', '*'])).toMatchObject({ code: 4 });
  });
});
