import type { Command } from 'commander';
import { type Client, segment } from '../client.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { CliError, ServerError } from '../errors.ts';
import { noteHeld, stableColumn, stableOf } from '../held-back.ts';
import { calledAs } from '../invocation.ts';
import { pairs, wholeNumber } from '../settings.ts';
import { counted } from '../table.ts';
import { forEachOf, offsetRange, topicInfo } from '../topic-info.ts';

/** lib/topic's bound. */
const PARTITIONS_MAX = 100_000;
/** REST Proxy v3's number for what Kafka refuses, an existing topic among it. */
const KAFKA_REFUSED = 40002;

interface ListedTopic {
  readonly topic_name: string;
  readonly partitions_count: number;
}

interface ListedConfig {
  readonly name: string;
  readonly value: string | null;
  readonly is_default: boolean;
}

type Action<Options = object> = (topic: string, options: Options, command: Command) => Promise<void>;

export const registerTopic: Register = (program, { output, env, settingsHelp }) => {
  const about = settingsHelp?.topic ?? '';
  const topic = program
    .command('topic')
    .summary('make, describe, change and delete topics')
    .description('Topics: made, described, changed and deleted.');
  topic
    .command('list')
    .description('Lists all topics.')
    .action((_, command: Command) => list(clientOf(command), output, wantsJson(command), calledAs(env)));
  topic
    .command('create')
    .description('Makes a topic.')
    .argument('<topic>', '1 to 249 of the characters a-z A-Z 0-9 . _ -')
    .option(
      '-p, --partitions <n>',
      'partitions: how many members of a group can share it',
      wholeNumber(1, PARTITIONS_MAX),
      4,
    )
    .option('-c, --config <name=value>', 'a setting, such as retention.ms=86400000; may be repeated', pairs)
    .option('--if-not-exists', 'succeed where the topic is there already')
    .addHelpText('after', about)
    .action(create(output));
  topic
    .command('describe')
    .description('Shows a topic’s settings, and the offsets of its partitions.')
    .argument('<topic>')
    .action((name: string, _, command: Command) => describe(clientOf(command), name, output, wantsJson(command)));
  topic
    .command('alter')
    .description('Changes a topic’s settings: name=value sets one, name alone takes it back to its default.')
    .argument('<topic>')
    .argument('<settings...>')
    .addHelpText('after', about)
    .action((name: string, settings: string[], _, command: Command) =>
      alter(clientOf(command), name, settings, output),
    );
  topic
    .command('add-partitions')
    .description('Gives a topic more partitions. Keys may go to other partitions from then on.')
    .argument('<topic>')
    .argument('<total>', 'how many it has then', wholeNumber(1, PARTITIONS_MAX))
    .action(async (name: string, total: number, _, command: Command) => {
      const path = await topicPath(clientOf(command), name);
      await clientOf(command).ask(path, { method: 'PATCH', json: { partitions_count: total } });
      output.note(`Topic ${name} has ${counted(total, 'partition')}.`);
    });
  topic
    .command('delete')
    .description('Deletes a topic with all its events.')
    .argument('<topic>')
    .action(async (name: string, _, command: Command) => {
      await clientOf(command).ask(await topicPath(clientOf(command), name), { method: 'DELETE' });
      output.note(`Deleted topic ${name}.`);
    });
};

/** v3's path of the one cluster; its id is part of every path. */
export async function clusterPath(client: Client): Promise<string> {
  const { data } = await client.ask<{ readonly data: readonly { readonly cluster_id: string }[] }>('/v3/clusters');
  return `/v3/clusters/${segment(data[0]?.cluster_id ?? '')}`;
}

async function topicPath(client: Client, name: string): Promise<string> {
  return `${await clusterPath(client)}/topics/${segment(name)}`;
}

async function list(client: Client, output: Surroundings['output'], json: boolean, millrace: string): Promise<void> {
  const { data } = await client.ask<{ readonly data: readonly ListedTopic[] }>(`${await clusterPath(client)}/topics`);
  const topics = data.map(({ topic_name, partitions_count }) => ({ name: topic_name, partitions: partitions_count }));
  if (json) return output.json(topics);
  if (topics.length === 0) return output.note(`There are no topics yet. Make one: ${millrace} topic create orders`);
  return output.table(
    ['TOPIC', 'PARTITIONS'],
    topics.map(({ name, partitions }) => [name, partitions]),
  );
}

function create(
  output: Surroundings['output'],
): Action<{ partitions: number; config?: Record<string, string>; ifNotExists?: true }> {
  return async (name, { partitions, config = {}, ifNotExists }, command) => {
    const client = clientOf(command);
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    try {
      const json = { topic_name: name, partitions_count: partitions, configs };
      await client.ask(`${await clusterPath(client)}/topics`, { json });
    } catch (error) {
      if (!(error instanceof ServerError) || error.errorCode !== KAFKA_REFUSED || !(await exists(client, name)))
        throw error;
      if (!ifNotExists) throw new CliError('topic_exists', `Topic ${name} exists already.`, { cause: error });
      return output.note(`Topic ${name} is there already.`);
    }
    output.note(`Made topic ${name} with ${counted(partitions, 'partition')}.`);
  };
}

async function exists(client: Client, name: string): Promise<boolean> {
  return (await client.ask<readonly string[]>('/topics')).includes(name);
}

async function describe(client: Client, name: string, output: Surroundings['output'], json: boolean): Promise<void> {
  const info = await topicInfo(client, name);
  const { data } = await client.ask<{ readonly data: readonly ListedConfig[] }>(
    `${await topicPath(client, name)}/configs`,
  );
  const partitions = await forEachOf(info.partitions, async ({ partition }) => {
    const range = await offsetRange(client, name, partition);
    const { beginning_offset: beginning, end_offset: end } = range;
    return { partition, beginning, end, ...stableOf(range, end) };
  });
  const configs = data.map((config) => ({ name: config.name, value: config.value, isDefault: config.is_default }));
  if (json) return output.json({ name, partitions, configs });
  await output.write(`${name}\n\n`);
  await output.table(
    ['SETTING', 'VALUE', 'FROM'],
    configs.map((config) => [config.name, config.value, config.isDefault ? 'default' : 'topic']),
  );
  await output.write('\n');
  const { heading, cell } = stableColumn(partitions);
  const rows = partitions.map((one) => {
    const { partition, beginning, end } = one;
    return [partition, beginning, ...cell(one), end, end - beginning];
  });
  await output.table(['PARTITION', 'BEGINNING', ...heading, 'END', 'OFFSETS'], rows);
  for (const one of partitions) noteHeld(output, `partition ${one.partition}`, one);
}

async function alter(client: Client, name: string, settings: string[], output: Surroundings['output']): Promise<void> {
  const data = settings.map((text) => {
    const at = text.indexOf('=');
    return at < 0 ? { name: text, operation: 'DELETE' } : { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  await client.ask(`${await topicPath(client, name)}/configs:alter`, { json: { data } });
  output.note(`Changed topic ${name}.`);
}
