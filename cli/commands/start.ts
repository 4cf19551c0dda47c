import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { bestFirst, clientsText } from '../clients-text.ts';
import type { Register, Surroundings } from '../command.ts';
import { calledAs } from '../invocation.ts';
import { addKafkaSecurityOptions, type KafkaSecurityOptions } from '../kafka-security-options.ts';
import { type LogLines, logLines } from '../log-lines.ts';
import type { Output } from '../output.ts';
import type { Served } from '../serve.ts';
import {
  dataOption,
  type FlushOptions,
  filesOption,
  flushBytesOption,
  HTTP_DEFAULT,
  type HttpAddress,
  type KafkaAddress,
  kafkaOption,
  lingerOption,
  logOption,
} from '../settings.ts';
import { counted } from '../table.ts';

interface StartOptions extends KafkaSecurityOptions, FlushOptions {
  readonly http: HttpAddress;
  readonly kafka: KafkaAddress | 'off';
  readonly data: string;
  readonly files?: string;
  readonly memory?: true;
  readonly log: 'text' | 'json';
  readonly output: 'text' | 'json';
}

export const registerStart: Register = (program, surroundings) => {
  const command = program
    .command('start')
    .summary('run Millrace on this machine')
    .description(
      'Runs Millrace on this machine: the log in a data folder, HTTP, Kafka clients, and the routes. Ctrl-C stops it.',
    )
    .addOption(dataOption())
    .addOption(filesOption())
    .option('--memory', 'keep everything in memory; it is gone when Millrace stops')
    .addOption(kafkaOption());
  addKafkaSecurityOptions(command)
    .addOption(lingerOption())
    .addOption(flushBytesOption())
    .addOption(logOption())
    .addHelpText(
      'after',
      '\n--http says where it listens: on this machine alone (127.0.0.1:8082), unless an address is given; --kafka, where Kafka clients connect (127.0.0.1:9092).',
    )
    .action((_, started: Command) => start(started.optsWithGlobals<StartOptions>(), surroundings));
};

async function start(options: StartOptions, { output, env, stopped }: Surroundings): Promise<void> {
  const log = logLines(output.stderr, options.log, () => new Date());
  const { serve } = await import('../serve.ts');
  const data = options.memory ? undefined : resolve(options.data);
  const files = resolve(options.files ?? join(options.data, 'files'));
  const { kafkaSecurity } = await import('../kafka-security.ts');
  const security = await kafkaSecurity(options);
  const { http, kafka, lingerMs, flushBytes } = options;
  const served = await serve({ http, kafka, security, data, files, flush: { lingerMs, flushBytes }, log });
  try {
    await announce(served, { data, protocol: security.listener.listener ?? 'PLAINTEXT' }, options, output, log, env);
    await new Promise<void>((done) => {
      if (stopped.aborted) done();
      else stopped.addEventListener('abort', () => done(), { once: true });
    });
    log('info', 'stopping: requests under way are finished; Ctrl-C again ends at once');
  } finally {
    await served.close();
  }
  log('info', 'stopped');
}

async function announce(
  served: Served,
  { data, protocol }: { readonly data: string | undefined; readonly protocol: string },
  options: StartOptions,
  output: Output,
  log: LogLines,
  env: Surroundings['env'],
): Promise<void> {
  const topics = (await served.platform.topics.list()).length;
  if (options.output === 'json')
    await output.json({ url: served.url, kafka: served.kafka ?? null, data: data ?? null, pid: process.pid, topics });
  const opened = [
    ...(options.http.loopback ? [] : ['--http']),
    ...(options.kafka === 'off' || options.kafka.loopback || knowsClients(options) ? [] : ['--kafka']),
  ];
  if (options.log === 'json') {
    const { url, kafka } = served;
    log('info', 'started', { url, kafka, data, memory: data === undefined, pid: process.pid, topics });
    if (opened.length > 0) log('warn', 'open to the network, without authentication', { url, kafka });
    if (knowsClients(options)) log('warn', 'HTTP asks nobody who they are', { url });
    return;
  }
  const warnings = [
    ...(opened.length === 0
      ? []
      : [`It is open to the network, as ${opened.join(' and ')} says: whoever reaches it reads and writes.`]),
    ...(knowsClients(options)
      ? ['HTTP asks nobody who they are: whoever reaches it may do everything, and make Kafka users too.']
      : []),
  ];
  output.note(
    startText({ ...served, clients: clientsOf(served, protocol, options) }, data, topics, warnings, env)
      .map((line, i) => (i === 0 ? output.strong(line) : line))
      .join('\n'),
  );
}

/** Whether Kafka clients have to say who they are. */
function knowsClients({ kafkaSasl, kafkaTlsClientCa }: KafkaSecurityOptions): boolean {
  return kafkaSasl !== undefined || kafkaTlsClientCa !== undefined;
}

function clientsOf({ kafka = '' }: Served, protocol: string, { kafkaSasl = [] }: KafkaSecurityOptions): string {
  return clientsText({ bootstrap: kafka, protocol, mechanisms: bestFirst(kafkaSasl) });
}

function startText(
  { url, kafka, clients }: Pick<Served, 'url' | 'kafka'> & { readonly clients: string },
  data: string | undefined,
  topics: number,
  warnings: readonly string[],
  env: Surroundings['env'],
): string[] {
  const millrace = calledAs(env);
  const address = new URL(url).host;
  const at = address === HTTP_DEFAULT ? '' : ` --http ${address}`;
  const kept = data === undefined ? 'in memory: gone when Millrace stops' : `${data}  (${counted(topics, 'topic')})`;
  return [
    'Millrace is running.',
    '',
    `  HTTP  ${url}  (REST Proxy v2 and v3, Kafka Connect for routes)`,
    ...(kafka === undefined ? [] : [`  Kafka ${kafka}  (${clients})`]),
    `  Data  ${kept}`,
    ...warnings.flatMap((warning) => ['', `  ${warning}`]),
    '',
    'Next, in another terminal:',
    '',
    ...nextCommands(millrace, topics).map((command) => `  ${command}${at}`),
    '',
    'Ctrl-C stops it.',
  ];
}

/** What to try next: a first topic, or a look at those that there are. */
function nextCommands(millrace: string, topics: number): readonly string[] {
  if (topics > 0)
    return [`${millrace} topic list`, `${millrace} group list`, `${millrace} consume TOPIC -o beginning -e`];
  return [
    `${millrace} topic create orders --partitions 4`,
    `echo 'k:v' | ${millrace} produce orders -K :`,
    `${millrace} consume orders -o beginning -e`,
  ];
}
