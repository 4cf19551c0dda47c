import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type Client, segment } from '../client.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { CliError } from '../errors.ts';
import { calledAs } from '../invocation.ts';
import { readSettings, type Settings } from '../route-settings.ts';
import { DATA_DEFAULT, wholeNumber } from '../settings.ts';
import { parseTime } from '../start-at.ts';

/** Kafka Connect's status, as the server has it. */
interface WireStatus {
  readonly name: string;
  readonly connector: { readonly state: string; readonly trace?: string };
  readonly tasks: readonly {
    readonly id: number;
    readonly state: string;
    readonly trace?: string;
    readonly retrying?: unknown;
    readonly events?: unknown;
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly position: number | null;
      readonly lag: number;
    }[];
  }[];
}

interface WireInfo {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

interface WireOffsets {
  readonly offsets: readonly {
    readonly partition: { readonly kafka_topic: string; readonly kafka_partition: number };
    readonly offset: { readonly kafka_offset: number };
  }[];
}

interface ReplayOptions {
  readonly from?: 'earliest' | 'latest';
  readonly fromOffset?: number;
  readonly fromTime?: number;
  readonly topic?: string;
  readonly partition?: number[];
}

type Output = Surroundings['output'];

const examples = (millrace: string) => `
Settings are name=value pairs, or a JSON file: {"connector.class": …} or Connect's {"name": …, "config": {…}}. For example:
  $ ${millrace} route create archive connector.class=file topics=orders file.path=archive
  $ ${millrace} route create late route.json

${FILES_WHERE}`;

/** The server keeps to itself where its folders are. */
const FILES_WHERE =
  'file.path is relative: it lies below the server’s folder for files, which is --files or MILLRACE_FILES of `start`, by default `files` in its data folder.';

export const registerRoute: Register = (program, { output, env, settingsHelp }) => {
  const millrace = calledAs(env);
  const about = settingsHelp?.route ?? '';
  const route = program
    .command('route')
    .summary('deliver a topic’s events elsewhere')
    .description(
      'Routes deliver a topic’s events to a webhook, files or another topic. They are Kafka Connect’s connectors over HTTP.',
    );
  route
    .command('list')
    .description('Lists all routes.')
    .action((_, command: Command) => list(clientOf(command), output, wantsJson(command), millrace));
  route
    .command('create')
    .description('Makes a route, which begins at once.')
    .argument('<route>')
    .argument('<settings...>', 'name=value pairs, or a JSON file')
    .addHelpText('after', `${examples(millrace)}\n${about}`)
    .action(async (name: string, given: string[], _, command: Command) => {
      const settings = readSettings(given);
      await clientOf(command).ask('/connectors', { json: { name, config: settings } });
      output.note(`Made route ${name}. See how it does: ${millrace} route status ${name}`);
      if (settings['connector.class'] === 'file') output.note(filesText(settings));
    });
  route
    .command('config')
    .description('Shows a route’s settings, or changes some: name= takes one out. A JSON file replaces all.')
    .argument('<route>')
    .argument('[settings...]', 'name=value pairs, or a JSON file')
    .addHelpText('after', about)
    .action((name: string, settings: string[], _, command: Command) =>
      config(clientOf(command), name, settings, output, wantsJson(command)),
    );
  route
    .command('status')
    .description('Shows how a route does: its tasks, where they stand, and what went wrong.')
    .argument('<route>')
    .action((name: string, _, command: Command) => status(clientOf(command), name, output, wantsJson(command)));
  for (const [verb, said, what] of [
    ['pause', 'Paused', 'Pauses a route; it keeps its place.'],
    ['resume', 'Resumed', 'Lets a paused or stopped route go on.'],
    ['stop', 'Stopped', 'Stops a route: it has no tasks until it is resumed, and its offsets can be changed.'],
  ] as const) {
    route
      .command(verb)
      .description(what)
      .argument('<route>')
      .action(async (name: string, _, command: Command) => {
        await clientOf(command).ask(`${routePath(name)}/${verb}`, { method: 'PUT' });
        output.note(`${said} route ${name}.`);
      });
  }
  route
    .command('restart')
    .description('Starts a route’s tasks again, the failed ones among them.')
    .argument('<route>')
    .option('--only-failed', 'leave tasks alone that did not fail')
    .action(async (name: string, { onlyFailed }: { onlyFailed?: true }, command: Command) => {
      await clientOf(command).ask(`${routePath(name)}/restart${onlyFailed ? '?onlyFailed=true' : ''}`, {
        method: 'POST',
      });
      output.note(`Restarted route ${name}.`);
    });
  registerReplay(route, output);
  route
    .command('delete')
    .description(
      'Deletes a route and its place. One that a CDK stack declares comes back, and delivers from its beginning: pause it instead.',
    )
    .argument('<route>')
    .action(async (name: string, _, command: Command) => {
      await clientOf(command).ask(routePath(name), { method: 'DELETE' });
      output.note(`Deleted route ${name}. ${anewText(name, millrace)}`);
    });
};

function registerReplay(route: Command, output: Output): void {
  route
    .command('replay')
    .description('Delivers again what was there before: moves a route’s place.')
    .argument('<route>')
    .addOption(
      new Option('--from <where>', 'the start or the end')
        .choices(['earliest', 'latest'])
        .conflicts(['fromOffset', 'fromTime']),
    )
    .addOption(
      new Option('--from-offset <offset>', 'an offset')
        .argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER))
        .conflicts('fromTime'),
    )
    .addOption(
      new Option('--from-time <time>', 'the first event at or after a time (ms, or ISO 8601)').argParser(parseTime),
    )
    .option('-t, --topic <topic>', 'of this topic alone')
    .option('-p, --partition <n>', 'of this partition; may be repeated', (text: string, before: number[] = []) => [
      ...before,
      wholeNumber(0, 100_000)(text),
    ])
    .action((name: string, options: ReplayOptions, command: Command) =>
      replay(clientOf(command), name, options, output, wantsJson(command)),
    );
}

function anewText(name: string, millrace: string): string {
  return `Its positions are forgotten: made again, it delivers from its beginning. Where a CDK stack declares it, that happens by itself; \`${millrace} route pause ${name}\` silences it without.`;
}

function filesText({ 'file.path': path = '' }: Settings): string {
  const shown = join(DATA_DEFAULT, 'files', path);
  return `Its files go to ${shown} where the server was started, unless that has another folder: --data, --files, or their variables.`;
}

function routePath(name: string): string {
  return `/connectors/${segment(name)}`;
}

async function list(client: Client, output: Output, json: boolean, millrace: string): Promise<void> {
  const all = await client.ask<Record<string, { readonly info: WireInfo; readonly status: WireStatus }>>(
    '/connectors?expand=info&expand=status',
  );
  const routes = Object.values(all).map(({ info, status }) => ({
    name: info.name,
    state: stateOf(status),
    sink: info.config['connector.class'] ?? null,
    topics: info.config.topics ?? null,
    lag: status.tasks.flatMap((task) => task.partitions).reduce((sum, { lag }) => sum + lag, 0),
  }));
  if (json) return output.json(routes);
  if (routes.length === 0)
    return output.note(`There are no routes yet. How to make one: ${millrace} route create --help`);
  return output.table(
    ['ROUTE', 'STATE', 'SINK', 'TOPICS', 'LAG'],
    routes.map((one) => [one.name, one.state, one.sink, one.topics, one.lag]),
  );
}

/** A route that cannot go on has failed, though Connect still calls its connector RUNNING. */
function stateOf({ connector, tasks }: WireStatus): string {
  return tasks.some((task) => task.state === 'FAILED') ? 'FAILED' : connector.state;
}

async function config(
  client: Client,
  name: string,
  given: readonly string[],
  output: Output,
  json: boolean,
): Promise<void> {
  const path = `${routePath(name)}/config`;
  if (given.length === 0) {
    const settings = await client.ask<Settings>(path);
    if (json) return output.json(settings);
    return output.table(['SETTING', 'VALUE'], Object.entries(settings));
  }
  const settings = readSettings(given);
  const whole = given.length === 1 && !given[0]!.includes('=');
  const changes = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, value === '' ? null : value]),
  );
  await client.ask(path, whole ? { method: 'PUT', json: settings } : { method: 'PATCH', json: changes });
  output.note(`Changed route ${name}.`);
}

async function status(client: Client, name: string, output: Output, json: boolean): Promise<void> {
  const route = await client.ask<WireStatus>(`${routePath(name)}/status`);
  const tasks = route.tasks.map(({ id, state, topic, partitions, trace, retrying, events }) => ({
    id,
    state,
    topic,
    partitions,
    trace: trace ?? null,
    retrying: retrying ?? null,
    events: events ?? null,
  }));
  const trace = route.connector.trace ?? null;
  if (json) return output.json({ name: route.name, state: stateOf(route), trace, tasks });
  await output.write(`${route.name}: ${stateOf(route)}\n\n`);
  const rows = tasks.flatMap((task) =>
    task.partitions.map(({ partition, position, lag }) => [task.id, task.state, task.topic, partition, position, lag]),
  );
  await output.table(['TASK', 'STATE', 'TOPIC', 'PARTITION', 'NEXT', 'LAG'], rows);
  if (trace !== null) await output.write(`\n${trace}\n`);
  for (const task of tasks) if (task.trace !== null) await output.write(`\nTask ${task.id}: ${task.trace}\n`);
}

async function replay(
  client: Client,
  name: string,
  options: ReplayOptions,
  output: Output,
  json: boolean,
): Promise<void> {
  const { from, fromOffset, fromTime, topic, partition } = options;
  if (from === undefined && fromOffset === undefined && fromTime === undefined) {
    throw new CliError(
      'usage_invalid',
      'From where? Add --from earliest, --from latest, --from-offset or --from-time.',
    );
  }
  const { offsets } = await client.ask<WireOffsets>(`${routePath(name)}/replay`, {
    json: { from, offset: fromOffset, time: fromTime, topic, partitions: partition },
  });
  const moved = offsets.map((one) => ({
    topic: one.partition.kafka_topic,
    partition: one.partition.kafka_partition,
    offset: one.offset.kafka_offset,
  }));
  if (json) return output.json({ name, partitions: moved });
  await output.table(
    ['TOPIC', 'PARTITION', 'NEXT'],
    moved.map((one) => [one.topic, one.partition, one.offset]),
  );
}
