import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { CliError } from '../errors.ts';
import { clusterPath } from './topic.ts';

/** A user as the server has it. */
interface WireUser {
  readonly user: string;
  readonly credentials: readonly { readonly mechanism: string; readonly iterations: number }[];
}

interface AddOptions {
  readonly passwordStdin?: true;
}

/** 192 bits, as 32 characters that nothing needs to escape. */
const PASSWORD_BYTES = 24;

export const registerUser: Register = (program, surroundings) => {
  const { output } = surroundings;
  const user = program
    .command('user')
    .summary('say who may authenticate by a password')
    .description('Users of Kafka clients, who authenticate by name and password: SASL PLAIN and SCRAM.');
  user
    .command('add')
    .argument('<name>', 'the user; in access rules it is User:<name>')
    .description(
      'Makes a user with a password that is made up and printed once, or gives one that is there another. The password stays on this machine: what the server keeps checks it.',
    )
    .option('--password-stdin', 'take the password from standard input, its first line')
    .action(async (name: string, options: AddOptions, command: Command) =>
      add(clientOf(command), name, options, surroundings, wantsJson(command)),
    );
  user
    .command('list')
    .description('Lists users, and by what they can authenticate.')
    .action(async (_, command: Command) => show(clientOf(command), output, wantsJson(command)));
  user
    .command('remove')
    .argument('<name>', 'the user')
    .description('Takes a user’s password. Who is connected stays so until they must authenticate again.')
    .action(async (name: string, _, command: Command) => {
      const client = clientOf(command);
      await client.ask(await userPath(client, name), { method: 'DELETE' });
      output.note(`Removed user ${name}.`);
    });
};

async function add(
  client: Client,
  name: string,
  { passwordStdin }: AddOptions,
  { stdin, output }: Surroundings,
  json: boolean,
): Promise<void> {
  if (name === '') throw new CliError('usage_invalid', 'The user needs a name: user add <name>.');
  const { passwordCredentials } = await import('../../lib/auth/index.ts');
  const { systemRandom } = await import('../../lib/bytes/index.ts');
  const given = passwordStdin ? await firstLine(stdin) : undefined;
  const password = given ?? base64(systemRandom.fill(new Uint8Array(PASSWORD_BYTES)), 'base64url');
  const credentials = (await passwordCredentials(password, systemRandom)).map((credential) => ({
    mechanism: credential.mechanism,
    iterations: credential.iterations,
    salt: base64(credential.salt, 'base64'),
    stored_key: base64(credential.storedKey, 'base64'),
    server_key: base64(credential.serverKey, 'base64'),
  }));
  await client.ask(await userPath(client, name), { method: 'PUT', json: { credentials } });
  if (json) return output.json({ user: name, ...(given === undefined && { password }) });
  output.note(`User ${name} may authenticate${given === undefined ? ', with this password' : ''}.`);
  if (given === undefined) await output.write(`${password}\n`);
}

async function show(client: Client, output: Surroundings['output'], json: boolean): Promise<void> {
  const { data } = await client.ask<{ data: readonly WireUser[] }>(`${await clusterPath(client)}/users`);
  const users = data.map(({ user, credentials }) => ({ user, credentials }));
  if (json) return output.json(users);
  if (users.length === 0) return output.note('There are no users.');
  return output.table(
    ['USER', 'MECHANISMS'],
    users.map(({ user, credentials }) => [
      user,
      credentials.map(({ mechanism, iterations }) => `${mechanism} (${iterations})`).join(', '),
    ]),
  );
}

async function userPath(client: Client, name: string): Promise<string> {
  return `${await clusterPath(client)}/users/${encodeURIComponent(name)}`;
}

async function firstLine(stdin: Surroundings['stdin']): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1);
  if (line === '') throw new CliError('usage_invalid', 'There is no password on standard input.');
  return line;
}

function base64(bytes: Uint8Array, encoding: 'base64' | 'base64url'): string {
  return Buffer.from(bytes).toString(encoding);
}
