import { fstatSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AbortedError } from '../../lib/bytes/index.ts';
import { BatchSender, requireRunning } from '../batch-sender.ts';
import { clientOf, type Register, type Surroundings, wantsJson } from '../command.ts';
import { delimiter } from '../escapes.ts';
import { type EventHeader, type EventIn, recordText } from '../event.ts';
import { calledAs } from '../invocation.ts';
import { parseJsonLine } from '../json-lines.ts';
import { splitStream } from '../lines.ts';
import { drawProgress } from '../progress.ts';
import { wholeNumber } from '../settings.ts';
import { counted, durationText, sizeText } from '../table.ts';
import { type TopicInfo, topicInfo } from '../topic-info.ts';

const PARTITION_MAX = 100_000;
/** A request with an Idempotency-Key can touch 99 ledgers, and 99 events touch no more. */
const KEYED_LEDGERS_MAX = 99;
/** Kafka's and Millrace's default for `millrace.partitions.per.ledger`. */
const WIDTH_DEFAULT = 32;

interface ProduceOptions {
  readonly keyDelimiter?: Buffer;
  readonly delimiter: Buffer;
  readonly header?: EventHeader[];
  readonly partition?: number;
  readonly key?: string;
  readonly nullEmpty?: true;
  readonly jsonLines?: true;
  readonly retryFor: number;
}

export const registerProduce: Register = (program, surroundings) => {
  program
    .command('produce')
    .summary('store events from standard input in a topic')
    .description('Stores events from standard input in a topic, one a line, as kcat -P does.')
    .argument('<topic>')
    .addOption(
      new Option('-K, --key-delimiter <chars>', 'what separates key from value in a line').argParser(delimiter),
    )
    .option('-k, --key <text>', 'the key of every event without one')
    .addOption(
      new Option('-D, --delimiter <chars>', 'what ends an event')
        .argParser(delimiter)
        .default(Buffer.from('\n'), '\\n'),
    )
    .option('-H, --header <name=value>', 'a header of every event; may be repeated', header)
    .option('-p, --partition <n>', 'the partition of every event', wholeNumber(0, PARTITION_MAX))
    .option('-z, --null-empty', 'an empty value is null (a tombstone), an empty key is none')
    .addOption(new Option('-Z', 'as kcat calls -z').implies({ nullEmpty: true }).hideHelp())
    .option('--json-lines', 'lines are JSON, as `consume --json` writes them')
    .option(
      '--retry-for <seconds>',
      'how long a batch is tried again when the server is away',
      wholeNumber(0, 86_400),
      60,
    )
    .addHelpText('after', examples(calledAs(surroundings.env)))
    .action(async (topic: string, options: ProduceOptions, command: Command) => {
      await produce(topic, options, command, surroundings);
    });
};

const examples = (millrace: string) => `
Examples:
  $ echo 'o-1:{"total":12}' | ${millrace} produce orders -K :
  $ ${millrace} consume orders -o beginning -e --json | ${millrace} produce copy --json-lines`;

function header(text: string, before: EventHeader[] = []): EventHeader[] {
  const at = text.indexOf('=');
  if (at === 0) throw new InvalidArgumentError('Write name=value.');
  return [...before, at < 0 ? [text, null] : [text.slice(0, at), Buffer.from(text.slice(at + 1))]];
}

async function produce(
  topic: string,
  options: ProduceOptions,
  command: Command,
  surroundings: Surroundings,
): Promise<void> {
  const { output, stdin, stopped } = surroundings;
  const client = clientOf(command);
  const info = await topicInfo(client, topic);
  if (stdin.isTTY) output.note('Type events, one a line; Ctrl-D ends.');
  const size = inputSize(stdin.fd);
  const progress = await drawProgress(output, 'Storing', size > 0 ? 'bytes' : 'events', size);
  let bytes = 0;
  let keyless = 0;
  const sender = new BatchSender(client, {
    topic,
    runId: `cli-${crypto.randomUUID()}`,
    eventsMax: eventsMax(info),
    patience: {
      forMs: options.retryFor * 1_000,
      signal: stopped,
      onTrouble: (error) => output.note(`${error.message} Trying again for ${options.retryFor} s ...`),
    },
    onStored: (stored) => progress.at(size > 0 ? bytes : stored),
  });
  const startMs = performance.now();
  try {
    const toEvent = options.jsonLines ? jsonEvents(options) : lineEvents(options, () => keyless++);
    for await (const pieces of splitStream(untilStopped(stdin, stopped), options.delimiter)) {
      for (const piece of pieces) {
        bytes += piece.length + options.delimiter.length;
        const event = toEvent(piece);
        const full = event && sender.add(recordText(event));
        if (full) await full;
      }
      sender.flush();
    }
    await sender.end();
    requireRunning(stopped);
  } catch (error) {
    progress.end();
    output.note(`Stored ${counted(sender.stored, 'event')} in ${topic} before that:`);
    if (error instanceof AbortedError) requireRunning(stopped);
    throw error;
  }
  progress.end();
  const ms = performance.now() - startMs;
  const told = `Stored ${counted(sender.stored, 'event')} in ${topic}`;
  if (wantsJson(command)) await output.json({ topic, events: sender.stored, bytes, milliseconds: Math.round(ms) });
  else output.note(`${told} (${sizeText(bytes)}, ${durationText(ms)}).`);
  if (keyless > 0) output.note(`${counted(keyless, 'event')} of them without a key: no key delimiter in the line.`);
}

/** The input's size where it is a file, else 0: what a bar can be drawn of. */
function inputSize(fd: number | undefined): number {
  if (fd === undefined) return 0;
  const stat = fstatSync(fd);
  return stat.isFile() ? stat.size : 0;
}

function eventsMax({ partitions, configs }: TopicInfo): number {
  const width = Number(configs['millrace.partitions.per.ledger'] ?? WIDTH_DEFAULT);
  return partitions.length / width > KEYED_LEDGERS_MAX ? KEYED_LEDGERS_MAX : Number.POSITIVE_INFINITY;
}

/** The chunks of standard input, which end when `stopped` fires. */
async function* untilStopped(stdin: AsyncIterable<Uint8Array>, stopped: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = stdin[Symbol.asyncIterator]();
  const stop = new Promise<undefined>((resolve) =>
    stopped.addEventListener('abort', () => resolve(undefined), { once: true }),
  );
  while (!stopped.aborted) {
    const read = await Promise.race([chunks.next(), stop]);
    if (read === undefined || read.done) return;
    yield read.value;
  }
}

/** `onKeyless` is told of each line that should have a key, and has none. */
function lineEvents(options: ProduceOptions, onKeyless: () => void): (line: Buffer) => EventIn {
  const { keyDelimiter, nullEmpty, partition, header: headers } = options;
  const fixedKey = options.key === undefined ? null : Buffer.from(options.key);
  const filled = (bytes: Buffer) => (nullEmpty && bytes.length === 0 ? null : bytes);
  return (line) => {
    const at = keyDelimiter ? line.indexOf(keyDelimiter) : -1;
    if (keyDelimiter && at < 0 && fixedKey === null) onKeyless();
    const key = at < 0 ? fixedKey : filled(line.subarray(0, at));
    const value = filled(at < 0 ? line : line.subarray(at + keyDelimiter!.length));
    return { key, value, partition, headers };
  };
}

function jsonEvents(options: ProduceOptions): (line: Buffer) => EventIn | undefined {
  const fixedKey = options.key === undefined ? null : Buffer.from(options.key);
  let lineNumber = 0;
  return (line) => {
    lineNumber++;
    if (line.toString('latin1').trim() === '') return undefined;
    const event = parseJsonLine(line, lineNumber, { keepPartition: false });
    const headers = [...(event.headers ?? []), ...(options.header ?? [])];
    return { ...event, key: event.key ?? fixedKey, partition: options.partition, headers };
  };
}
