import { type Command, Option } from 'commander';
import type { Client } from '../client.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { CliError } from '../errors.ts';
import { delimiter } from '../escapes.ts';
import type { EventOut } from '../event.ts';
import { compileFormat } from '../format.ts';
import { readAsMember } from '../group-reader.ts';
import { calledAs } from '../invocation.ts';
import { jsonLine } from '../json-lines.ts';
import { offsetForTime, type Reading, readPartitions } from '../partition-reader.ts';
import { wholeNumber } from '../settings.ts';
import { parseStartAt, type StartAt, startOffset } from '../start-at.ts';
import { forEachOf, offsetRange, topicInfo } from '../topic-info.ts';

const PARTITION_MAX = 100_000;

interface ConsumeOptions {
  readonly offset?: StartAt;
  readonly partition?: number;
  readonly count?: number;
  readonly exit?: true;
  readonly format?: string;
  readonly keyDelimiter?: Buffer;
  readonly delimiter: Buffer;
  readonly nullText?: true;
  readonly json?: true;
  readonly group?: string;
  readonly retryFor: number;
}

export const registerConsume: Register = (program, surroundings) => {
  program
    .command('consume')
    .summary('write a topic’s events to standard output')
    .description('Writes a topic’s events to standard output, one a line, as kcat -C does, and waits for more.')
    .argument('<topic>')
    .addOption(
      new Option(
        '-o, --offset <where>',
        'beginning (default), end, an offset, -N for the last N of each partition, or @ with a time in ms or ISO 8601',
      ).argParser(parseStartAt),
    )
    .option('-p, --partition <n>', 'this partition alone', wholeNumber(0, PARTITION_MAX))
    .option('-c, --count <n>', 'end after so many events', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('-e, --exit', 'end at the end of the topic instead of waiting')
    .addOption(
      new Option(
        '-f, --format <format>',
        'what to write per event: %s value, %k key, %t topic, %p partition, %o offset, %T time, %h headers, %S and %K lengths, \\n …',
      ).argParser(formatText),
    )
    .addOption(
      new Option('-K, --key-delimiter <chars>', 'write the key and this before each value').argParser(delimiter),
    )
    .addOption(
      new Option('-D, --delimiter <chars>', 'what ends an event')
        .argParser(delimiter)
        .default(Buffer.from('\n'), '\\n'),
    )
    .addOption(new Option('-Z, --null-text', 'write NULL for a null key or value'))
    .addOption(
      new Option('-J, --json', 'write JSON lines, which `produce --json-lines` reads').conflicts([
        'format',
        'keyDelimiter',
      ]),
    )
    .addOption(
      new Option(
        '-G, --group <group>',
        'share the topic with the other members of a group, and commit what was written',
      ).conflicts('partition'),
    )
    .option(
      '--retry-for <seconds>',
      'how long a request is tried again when the server is away',
      wholeNumber(0, 86_400),
      60,
    )
    .addHelpText('after', examples(calledAs(surroundings.env)))
    .action(async (topic: string, options: ConsumeOptions, command: Command) => {
      await consume(clientOf(command), topic, withJson(options, command), surroundings);
    });
};

/** The format as it is, once it is known to be one. @throws InvalidArgumentError */
function formatText(text: string): string {
  compileFormat(text);
  return text;
}

/** --output json, which every command has, is --json here. @throws CliError usage_invalid */
function withJson(options: ConsumeOptions, command: Command): ConsumeOptions {
  if (!wantsJson(command)) return options;
  const other = options.format !== undefined ? '--format' : options.keyDelimiter ? '--key-delimiter' : undefined;
  if (other === undefined) return { ...options, json: true };
  throw new CliError('usage_invalid', `--output json and ${other} can't go together: leave one of them out.`);
}

const examples = (millrace: string) => `
Examples:
  $ ${millrace} consume orders -e                       everything there is
  $ ${millrace} consume orders -o @2026-01-31T08:00Z -f '%T %k: %s\\n'
  $ ${millrace} consume orders -G billing -c 100 --json  the next 100 events of a group

With -G, -o says where a group begins that has committed nothing: beginning or end.`;

async function consume(
  client: Client,
  topic: string,
  options: ConsumeOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { output, stopped } = surroundings;
  const write = writer(options);
  const common = {
    topic,
    countMax: options.count ?? Number.POSITIVE_INFINITY,
    signal: AbortSignal.any([stopped, output.closed]),
    patience: {
      forMs: options.retryFor * 1_000,
      signal: stopped,
      onTrouble: (error: CliError) => output.note(`${error.message} Trying again for ${options.retryFor} s ...`),
    },
    onEvents: (events: readonly EventOut[]) => output.write(Buffer.concat(events.flatMap(write))),
  };
  if (options.group !== undefined) {
    await readAsMember(client, {
      ...common,
      group: options.group,
      from: groupStart(options.offset, calledAs(surroundings.env)),
      untilEnd: options.exit === true,
      onRejoin: (error) => output.note(`${error.message} Joining the group again ...`),
      onStandby: (standing) =>
        output.note(standing ? 'Standing by: other members have all partitions.' : 'It has partitions now.'),
    });
    return;
  }
  const readings = await readingsOf(client, topic, options, (text) => output.note(text));
  await readPartitions(client, {
    ...common,
    readings,
    onGap: (partition, from, to) =>
      output.note(`Partition ${partition}: offsets ${from} to ${to - 1} are deleted; going on at ${to}.`),
    onCaughtUp: () => {
      if (output.interactive && !options.exit) output.note('At the end; waiting for more. Ctrl-C ends.');
    },
  });
}

function writer(options: ConsumeOptions): (event: EventOut) => Buffer[] {
  const nullText = options.nullText ? 'NULL' : '';
  if (options.json) return (event) => [Buffer.from(jsonLine(event)), options.delimiter];
  if (options.format !== undefined) return compileFormat(options.format, { nullText });
  const ifNull = Buffer.from(nullText);
  const { keyDelimiter } = options;
  if (!keyDelimiter) return ({ value }) => [value ?? ifNull, options.delimiter];
  return ({ key, value }) => [key ?? ifNull, keyDelimiter, value ?? ifNull, options.delimiter];
}

function groupStart(start: StartAt | undefined, millrace: string): 'earliest' | 'latest' {
  if (start === undefined || start.at === 'beginning') return 'earliest';
  if (start.at === 'end') return 'latest';
  throw new CliError(
    'usage_invalid',
    `With -G, -o is beginning or end. \`${millrace} group reset\` moves a group to an offset or a time.`,
  );
}

async function readingsOf(
  client: Client,
  topic: string,
  options: ConsumeOptions,
  note: (text: string) => void,
): Promise<Reading[]> {
  const start = options.offset ?? { at: 'beginning' };
  const partitions =
    options.partition === undefined
      ? (await topicInfo(client, topic)).partitions.map(({ partition }) => partition)
      : [options.partition];
  const readings = await forEachOf(partitions, async (partition) => {
    const range = await offsetRange(client, topic, partition);
    const next = await startOffset(start, range, (timeMs) => offsetForTime(client, topic, partition, timeMs));
    return { partition, next, logEnd: range.end_offset };
  });
  const beyond = readings.filter(({ next, logEnd }) => next > logEnd);
  // Who waits may wait for it; who ends at the end would read nothing and be none the wiser.
  if (options.exit && beyond.length > 0 && beyond.length === readings.length) throw beyondAll(topic, beyond);
  const andThen = options.exit ? '' : '; waiting until it comes';
  for (const { partition, next, logEnd } of beyond)
    note(`Partition ${partition}: offset ${next} is beyond its end, which is ${logEnd}${andThen}.`);
  return readings.map(({ partition, next, logEnd }) => {
    return { partition, next, end: options.exit ? logEnd : Number.POSITIVE_INFINITY };
  });
}

/** No partition that is to be read has the offset that reading is to begin at. */
function beyondAll(
  topic: string,
  readings: readonly { readonly partition: number; readonly next: number; readonly logEnd: number }[],
): CliError {
  const { partition, next, logEnd } = readings.reduce((a, b) => (b.logEnd > a.logEnd ? b : a));
  const where = readings.length === 1 ? `partition ${partition}` : 'any partition';
  const longest = readings.length === 1 ? 'it' : `the longest, partition ${partition},`;
  return new CliError(
    'offset_unknown',
    `There is no offset ${next} in ${where} of ${topic}: ${longest} ends at ${logEnd}. Without -e it is waited for.`,
  );
}
