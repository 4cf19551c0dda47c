import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Ran, world } from './world.ts';

let own: Awaited<ReturnType<typeof world>>;
const run = (...args: string[]) => own.run(['acl', ...args]);
const rows = ({ stdout }: Ran) => JSON.parse(stdout) as Record<string, string>[];

beforeAll(async () => {
  own = await world();
});
afterAll(() => own.served.close());
beforeEach(async () => {
  expect((await run('remove', '--all')).code).toBe(0);
});

const reading = ['--allow', 'User:alice', '-O', 'read'];

describe('millrace acl', () => {
  test('adds a rule for each principal, operation and resource, once', async () => {
    const args = [
      'add',
      ...reading,
      '-O',
      'describe-configs',
      '--deny',
      'User:bob',
      '--topic',
      'orders',
      '--group',
      'g',
    ];
    // DESCRIBE_CONFIGS is of groups, too.
    expect(await run(...args)).toMatchObject({ code: 0, stderr: 'Made 8 bindings.\n' });
    expect((await run(...args)).code).toBe(0);
    expect(rows(await run('list', '--output', 'json'))).toHaveLength(8);
    expect(
      rows(await run('list', '--permission', 'DENY', '--topic', 'orders', '-O', 'read', '--output', 'json')),
    ).toEqual([
      {
        permission: 'DENY',
        principal: 'User:bob',
        operation: 'READ',
        resource: 'TOPIC',
        pattern: 'LITERAL',
        name: 'orders',
        host: '*',
      },
    ]);
  });

  test('adds rules for one address, and shows hosts where there are any', async () => {
    await run('add', ...reading, '--topic', 'orders', '--host', '10.0.0.7');
    expect((await run('list')).stdout.split('\n')[1]!.split(/ {2,}/)).toEqual([
      ...['ALLOW', 'User:alice', 'READ', 'TOPIC', 'LITERAL', 'orders', '10.0.0.7'],
    ]);
    expect((await run('add', ...reading, '--topic', 'orders', '--host', 'db.example')).code).not.toBe(0);
  });

  test('lists the rules that apply to a name, as a table', async () => {
    await run('add', ...reading, '--topic', 'ord', '--prefixed');
    await run('add', ...reading, '--topic', '*');
    await run('add', ...reading, '--topic', 'payments');
    await run('add', '--allow', 'User:ops', '-O', 'ALL', '--cluster');
    const { stdout } = await run('list', '--topic', 'orders', '--applying');
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['PERMISSION', 'PRINCIPAL', 'OPERATION', 'RESOURCE', 'PATTERN', 'NAME'],
      ['ALLOW', 'User:alice', 'READ', 'TOPIC', 'LITERAL', '*'],
      ['ALLOW', 'User:alice', 'READ', 'TOPIC', 'PREFIXED', 'ord'],
      [''],
    ]);
    expect((await run('list', '--cluster')).stdout).toContain('kafka-cluster');
  });

  test('removes what is named, and nothing where nothing is named', async () => {
    await run('add', ...reading, '--topic', 'orders', '--topic', 'payments');
    expect((await run('remove')).code).toBe(4);
    expect(await run('remove', '--topic', 'orders')).toMatchObject({ code: 0, stderr: 'Deleted 1 binding.\n' });
    expect(rows(await run('list', '--output', 'json'))).toMatchObject([{ name: 'payments' }]);
  });

  test.each<[string, string[], string]>([
    ['nobody is named', ['add', '-O', 'READ', '--topic', 'orders'], '--allow'],
    ['nothing is named', ['add', ...reading], '--topic'],
    ['there is no such operation', ['add', '--allow', 'User:a', '-O', 'look', '--topic', 'a'], 'look'],
    ['the server says what is wrong', ['add', '--allow', 'alice', '-O', 'READ', '--topic', 'a'], 'User:'],
    ['two resources are to be looked for', ['list', '--topic', 'a', '--group', 'b'], 'one resource'],
    ['no name is given that rules would apply to', ['list', '--applying'], '--applying'],
  ])('exits with 4 where %s', async (_, args, said) => {
    const { code, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining(said) });
  });
});
