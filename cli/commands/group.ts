import { type Command, Option } from 'commander';
import { type Client, segment } from '../client.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { CliError } from '../errors.ts';
import { noteHeld, stableColumn, stableOf, type WireStable } from '../held-back.ts';
import { calledAs } from '../invocation.ts';
import { wholeNumber } from '../settings.ts';
import { parseTime } from '../start-at.ts';
import { counted } from '../table.ts';
import { forEachOf } from '../topic-info.ts';
import { clusterPath } from './topic.ts';

const OFFSET_MAX = Number.MAX_SAFE_INTEGER;

interface Listed<T> {
  readonly data: readonly T[];
}

interface WireGroup {
  readonly consumer_group_id: string;
  readonly state: string;
  readonly partition_assignor: string;
}

interface WireLag extends WireStable {
  readonly topic_name: string;
  readonly partition_id: number;
  readonly consumer_id: string | null;
  readonly current_offset: number | null;
  readonly log_end_offset: number;
  readonly lag: number;
}

interface WireAssignment {
  readonly topic_name: string | null;
  readonly partition_id: number;
}

/** A member and what it has. */
interface Member {
  readonly id: string;
  readonly clientId: string | null;
  readonly partitions: readonly { readonly topic: string | null; readonly partition: number }[];
}

/** The ends of a topic, by the words of `consume` and by those of Kafka. */
const ENDS = { beginning: 'earliest', end: 'latest', earliest: 'earliest', latest: 'latest' } as const;

interface ResetOptions {
  readonly topic: string;
  readonly partition?: number[];
  readonly to?: keyof typeof ENDS;
  readonly toOffset?: number;
  readonly toTime?: number;
  readonly by?: number;
  readonly dryRun?: true;
}

interface Moved {
  readonly partition: number;
  readonly from: number | null;
  readonly to: number;
}

type Output = Surroundings['output'];

export const registerGroup: Register = (program, { output, env }) => {
  const group = program
    .command('group')
    .summary('look at consumer groups, and move them')
    .description('Consumer groups: their members, how far behind they are, and where they read next.');
  group
    .command('list')
    .description('Lists all groups.')
    .action((_, command: Command) => list(clientOf(command), output, wantsJson(command), calledAs(env)));
  group
    .command('describe')
    .description('Shows a group’s members and their partitions.')
    .argument('<group>')
    .action((name: string, _, command: Command) => describe(clientOf(command), name, output, wantsJson(command)));
  group
    .command('lag')
    .description('Shows how far behind a group is, per partition.')
    .argument('<group>')
    .action((name: string, _, command: Command) => lag(clientOf(command), name, output, wantsJson(command)));
  group
    .command('reset')
    .description('Moves what a group without members reads next in a topic. One that does not exist is made.')
    .argument('<group>')
    .requiredOption('-t, --topic <topic>', 'the topic')
    .option('-p, --partition <n>', 'this partition; may be repeated; all unless given', partitions)
    .addOption(
      new Option('--to <where>', 'the start or the end')
        .choices(['beginning', 'end', 'earliest', 'latest'])
        .conflicts(['toOffset', 'toTime', 'by']),
    )
    .addOption(
      new Option('--to-offset <offset>', 'an offset').argParser(wholeNumber(0, OFFSET_MAX)).conflicts(['toTime', 'by']),
    )
    .addOption(
      new Option('--to-time <time>', 'the first event at or after a time (ms, or ISO 8601)')
        .argParser(parseTime)
        .conflicts('by'),
    )
    .addOption(
      new Option('--by <n>', 'so many events forward, or back where negative').argParser(
        wholeNumber(-OFFSET_MAX, OFFSET_MAX),
      ),
    )
    .option('--dry-run', 'say what would be done, and do nothing')
    .action((name: string, options: ResetOptions, command: Command) =>
      reset(clientOf(command), name, options, output, wantsJson(command)),
    );
  group
    .command('delete')
    .description('Forgets a group without members, and all that it committed.')
    .argument('<group>')
    .action(async (name: string, _, command: Command) => {
      await clientOf(command).ask(await groupPath(clientOf(command), name), { method: 'DELETE' });
      output.note(`Deleted group ${name}.`);
    });
};

function partitions(text: string, before: number[] = []): number[] {
  return [...before, wholeNumber(0, 100_000)(text)];
}

async function groupPath(client: Client, name: string): Promise<string> {
  return `${await clusterPath(client)}/consumer-groups/${segment(name)}`;
}

async function list(client: Client, output: Output, json: boolean, millrace: string): Promise<void> {
  const { data } = await client.ask<Listed<WireGroup>>(`${await clusterPath(client)}/consumer-groups`);
  const groups = data.map((group) => ({ name: group.consumer_group_id, state: stateText(group.state) }));
  if (json) return output.json(groups);
  if (groups.length === 0)
    return output.note(`There are no groups yet. One begins with: ${millrace} consume <topic> -G <group>`);
  return output.table(
    ['GROUP', 'STATE'],
    groups.map(({ name, state }) => [name, state]),
  );
}

function stateText(state: string): string {
  return state.toLowerCase().replaceAll('_', ' ');
}

async function describe(client: Client, name: string, output: Output, json: boolean): Promise<void> {
  const path = await groupPath(client, name);
  const group = await client.ask<WireGroup>(path);
  const { data } = await client.ask<Listed<{ readonly consumer_id: string; readonly client_id: string | null }>>(
    `${path}/consumers`,
  );
  const members = await forEachOf(data, async ({ consumer_id, client_id }): Promise<Member> => {
    const assigned = await client.ask<Listed<WireAssignment>>(`${path}/consumers/${segment(consumer_id)}/assignments`);
    const its = assigned.data.map(({ topic_name, partition_id }) => ({ topic: topic_name, partition: partition_id }));
    return { id: consumer_id, clientId: client_id, partitions: its };
  });
  const state = stateText(group.state);
  if (json) return output.json({ name, state, assignor: group.partition_assignor, members });
  await output.write(`${name}: ${state}, assignor ${group.partition_assignor}\n`);
  if (members.length === 0) return output.note('It has no members now.');
  await output.write('\n');
  return output.table(
    ['MEMBER', 'CLIENT', 'PARTITIONS'],
    members.map((member) => [member.id, member.clientId, partitionsText(member)]),
  );
}

/** `orders: 0-3, 7`; a member without any stands by. */
function partitionsText({ partitions }: Member): string {
  if (partitions.length === 0) return 'none (stands by)';
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic ?? '(deleted topic)');
  return [...byTopic].map(([topic, of]) => `${topic}: ${ranges(of.map(({ partition }) => partition))}`).join('; ');
}

/** `[0, 1, 2, 5]` → `0-2, 5`. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  const sorted = [...numbers].sort((a, b) => a - b);
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (sorted[to + 1] === sorted[to]! + 1) to++;
    parts.push(from === to ? `${sorted[from]}` : `${sorted[from]}-${sorted[to]}`);
    from = to + 1;
  }
  return parts.join(', ');
}

async function lag(client: Client, name: string, output: Output, json: boolean): Promise<void> {
  const { data } = await client.ask<Listed<WireLag>>(`${await groupPath(client, name)}/lags`);
  const parts = data.map((one) => ({
    topic: one.topic_name,
    partition: one.partition_id,
    committed: one.current_offset,
    end: one.log_end_offset,
    lag: one.lag,
    member: one.consumer_id,
    ...stableOf(one, one.log_end_offset),
  }));
  const total = parts.reduce((sum, one) => sum + one.lag, 0);
  if (json) return output.json({ group: name, total, partitions: parts });
  if (parts.length === 0)
    return output.note(`Group ${name} has no topic: it has committed nothing, and nobody subscribes to one.`);
  const { heading, cell } = stableColumn(parts);
  const rows = parts.map((one) => {
    return [one.topic, one.partition, one.committed, ...cell(one), one.end, one.lag, one.member];
  });
  await output.table(['TOPIC', 'PARTITION', 'COMMITTED', ...heading, 'END', 'LAG', 'MEMBER'], rows);
  for (const one of parts) noteHeld(output, `partition ${one.partition} of ${one.topic}`, one);
}

async function reset(
  client: Client,
  name: string,
  options: ResetOptions,
  output: Output,
  json: boolean,
): Promise<void> {
  const { topic, partition, to, toOffset, toTime, by, dryRun } = options;
  if ([to, toOffset, toTime, by].every((one) => one === undefined)) {
    throw new CliError('usage_invalid', 'Where to? Add --to beginning, --to end, --to-offset, --to-time or --by.');
  }
  const { data } = await client.ask<Listed<Moved>>(`${await groupPath(client, name)}/reset`, {
    json: { topic, partitions: partition, to: to && ENDS[to], offset: toOffset, time: toTime, by, dry_run: dryRun },
  });
  if (json) await output.json({ group: name, topic, dryRun: dryRun === true, partitions: data });
  else {
    await output.table(
      ['PARTITION', 'FROM', 'TO'],
      data.map(({ partition, from, to }) => [partition, from, to]),
    );
  }
  for (const { partition, from, to } of data) {
    const wished = toOffset ?? (by === undefined ? to : (from ?? 0) + by);
    if (wished !== to) output.note(clampText(partition, wished, to));
  }
  if (json) return;
  if (dryRun) return output.note('Nothing was moved: this was a dry run.');
  const moved = data.filter(({ from, to }) => from !== to).length;
  const what = `group ${name} in ${moved} of ${counted(data.length, 'partition')} of topic ${topic}`;
  output.note(moved > 0 ? `Moved ${what}.` : `Group ${name} was there already in topic ${topic}.`);
}

/** The server moves no group out of the log. */
function clampText(partition: number, wished: number, to: number): string {
  const why = wished > to ? 'beyond its end' : 'before its start';
  return `Partition ${partition}: offset ${wished} is ${why}; it goes to ${to}.`;
}
