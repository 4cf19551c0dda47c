import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Client } from '../client.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { CliError } from '../errors.ts';
import { counted } from '../table.ts';
import { clusterPath } from './topic.ts';

/** A binding as the server has it. */
interface WireAcl {
  readonly resource_type: string;
  readonly resource_name: string;
  readonly pattern_type: string;
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: string;
}

/** Flags that say which resources; of the names, at most one kind. */
interface ResourceOptions {
  readonly topic?: string[];
  readonly group?: string[];
  readonly transactionalId?: string[];
  readonly cluster?: true;
  readonly prefixed?: true;
}

interface AddOptions extends ResourceOptions {
  readonly allow?: string[];
  readonly deny?: string[];
  readonly host: string;
  readonly operation: string[];
}

interface FilterOptions {
  readonly topic?: string;
  readonly group?: string;
  readonly transactionalId?: string;
  readonly cluster?: true;
  readonly prefixed?: true;
  readonly applying?: true;
  readonly principal?: string;
  readonly operation?: string;
  readonly permission?: string;
  readonly all?: true;
}

type Output = Surroundings['output'];

/** lib/auth's CLUSTER_NAME; Kafka has no other. */
const CLUSTER_NAME = 'kafka-cluster';
const OPERATIONS = [
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
];

export const registerAcl: Register = (program, { output }) => {
  const acl = program
    .command('acl')
    .summary('say who may do what')
    .description('Access rules, as Kafka has them: which principal may, or must not, do what to which resources.');
  const add = acl
    .command('add')
    .description('Makes a rule for every principal, operation and resource that is named. Those there already stay.')
    .option('--allow <principal>', 'may: User:name, or User:* for everybody; may be repeated', each)
    .option('--deny <principal>', 'must not, whatever else allows it; may be repeated', each)
    .option('--host <address>', 'Kafka clients that come from this IP address alone; * is all', '*')
    .requiredOption('-O, --operation <operation>', `one of ${OPERATIONS.join(', ')}; may be repeated`, operations)
    .action(async (options: AddOptions, command: Command) => create(clientOf(command), options, output));
  resourceOptions(add, true);
  const list = acl
    .command('list')
    .description('Lists rules: all, or those that are named.')
    .action(async (options: FilterOptions, command: Command) =>
      show(clientOf(command), options, output, wantsJson(command)),
    );
  filterOptions(list);
  const remove = acl
    .command('remove')
    .description('Deletes the rules that are named.')
    .option('--all', 'all rules there are')
    .action(async (options: FilterOptions, command: Command) => removeAcls(clientOf(command), options, output));
  filterOptions(remove);
};

function resourceOptions(command: Command, repeated: boolean): void {
  const more = repeated ? '; may be repeated; * is all' : '';
  const name = (flags: string, about: string) => {
    const option = new Option(flags, `${about}${more}`);
    command.addOption(repeated ? option.argParser(each) : option);
  };
  name('--topic <name>', 'a topic');
  name('--group <name>', 'a consumer group');
  name('--transactional-id <id>', 'a transactional id');
  command
    .option('--cluster', 'the cluster')
    .option('--prefixed', 'the names are what the names of resources begin with');
}

function filterOptions(command: Command): void {
  resourceOptions(command, false);
  command
    .addOption(new Option('--applying', 'rules that apply to that name, by prefix or * too').conflicts('prefixed'))
    .option('--principal <principal>', 'rules for this very principal')
    .addOption(new Option('-O, --operation <operation>', 'rules for this very operation').argParser(operation))
    .addOption(new Option('--permission <permission>', 'ALLOW or DENY').choices(['ALLOW', 'DENY']));
}

function each(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function operations(text: string, before: string[] = []): string[] {
  return [...before, operation(text)];
}

/** Kafka's words are in capitals; people type them as they come. */
function operation(text: string): string {
  const name = text.toUpperCase().replaceAll('-', '_');
  if (OPERATIONS.includes(name)) return name;
  throw new InvalidArgumentError(`There is no operation "${text}"; there is ${OPERATIONS.join(', ')}.`);
}

async function create(client: Client, options: AddOptions, output: Output): Promise<void> {
  const resources = named(options);
  const { host } = options;
  const principals = [
    ...(options.allow ?? []).map((principal) => ({ principal, permission: 'ALLOW' })),
    ...(options.deny ?? []).map((principal) => ({ principal, permission: 'DENY' })),
  ];
  if (principals.length === 0) throw wrong('Say who: --allow User:name, or --deny User:name.');
  if (resources.length === 0) throw wrong('Say what for: --topic, --group, --transactional-id or --cluster.');
  const data = resources.flatMap((resource) =>
    principals.flatMap((who) => options.operation.map((one) => ({ ...resource, ...who, host, operation: one }))),
  );
  await client.ask(`${await clusterPath(client)}/acls:batch`, { json: { data } });
  output.note(`Made ${counted(data.length, 'binding')}.`);
}

function named({ topic = [], group = [], transactionalId = [], cluster, prefixed }: ResourceOptions) {
  const pattern_type = prefixed ? 'PREFIXED' : 'LITERAL';
  const of = (resource_type: string, names: string[]) =>
    names.map((resource_name) => ({ resource_type, resource_name, pattern_type }));
  const whole = { resource_type: 'CLUSTER', resource_name: CLUSTER_NAME, pattern_type: 'LITERAL' };
  const all = [...of('TOPIC', topic), ...of('GROUP', group), ...of('TRANSACTIONAL_ID', transactionalId)];
  return cluster ? [...all, whole] : all;
}

async function show(client: Client, options: FilterOptions, output: Output, json: boolean): Promise<void> {
  const found = await client.ask<{ data: readonly WireAcl[] }>(`${await clusterPath(client)}/acls?${search(options)}`);
  const acls = found.data.map((acl) => ({
    permission: acl.permission,
    principal: acl.principal,
    operation: acl.operation,
    resource: acl.resource_type,
    pattern: acl.pattern_type,
    name: acl.resource_name,
    host: acl.host,
  }));
  if (json) return output.json(acls);
  if (acls.length === 0) return output.note('There are no such rules.');
  // Few rules are for a host: the column is there where one is.
  const hosts = acls.some(({ host }) => host !== '*');
  return output.table(
    ['PERMISSION', 'PRINCIPAL', 'OPERATION', 'RESOURCE', 'PATTERN', 'NAME', ...(hosts ? ['HOST'] : [])],
    acls.map(({ permission, principal, operation: doing, resource, pattern, name, host }) => [
      permission,
      principal,
      doing,
      resource,
      pattern,
      name,
      ...(hosts ? [host] : []),
    ]),
  );
}

async function removeAcls(client: Client, options: FilterOptions, output: Output): Promise<void> {
  const { all, ...which } = options;
  const says = Object.keys(which).length > 0;
  if (says === (all === true)) throw wrong('Say which: by resource, principal, operation or permission; or --all.');
  const path = `${await clusterPath(client)}/acls?${search(which)}`;
  const { data } = await client.ask<{ data: readonly WireAcl[] }>(path, { method: 'DELETE' });
  output.note(`Deleted ${counted(data.length, 'binding')}.`);
}

function search({ prefixed, applying, principal, operation, permission, ...resource }: FilterOptions): URLSearchParams {
  const kinds: [string, string][] = [];
  if (resource.topic !== undefined) kinds.push(['TOPIC', resource.topic]);
  if (resource.group !== undefined) kinds.push(['GROUP', resource.group]);
  if (resource.transactionalId !== undefined) kinds.push(['TRANSACTIONAL_ID', resource.transactionalId]);
  if (resource.cluster) kinds.push(['CLUSTER', CLUSTER_NAME]);
  if (kinds.length > 1) throw wrong('Name one resource at a time.');
  const [kind] = kinds;
  if (!kind && applying) throw wrong('--applying needs a name: which topic, group or transactional id?');
  return new URLSearchParams({
    resource_type: kind?.[0] ?? 'ANY',
    ...(kind && { resource_name: kind[1] }),
    pattern_type: applying ? 'MATCH' : prefixed ? 'PREFIXED' : 'ANY',
    ...(principal !== undefined && { principal }),
    operation: operation ?? 'ANY',
    permission: permission ?? 'ANY',
  });
}

function wrong(message: string): CliError {
  return new CliError('usage_invalid', message);
}
