import { type Command, InvalidArgumentError, Option } from 'commander';
import { clientsText } from '../clients-text.ts';
import type { Register, Surroundings } from '../command.ts';
import { CliError } from '../errors.ts';
import type { ServedGateway } from '../gateway.ts';
import { hostText } from '../listen.ts';
import { type LogLines, logLines } from '../log-lines.ts';
import {
  type FlushOptions,
  flushBytesOption,
  type KafkaAddress,
  kafkaOption,
  lingerOption,
  logOption,
  parseKafkaAddress,
} from '../settings.ts';
import { addStoresOptions, openStores, type StoresOptions, storesName } from '../stores.ts';

/** A variable alone: arguments can be seen by every process of the machine. */
const ADMIN_PASSWORD = 'MILLRACE_KAFKA_ADMIN_PASSWORD';
/** In place of an address or a zone: what ECS says of the task that this runs in. */
const ECS_TASK = 'ecs-task';
const KAFKA_PORT = 9092;

/** How clients get in. Whether something in front of the gateway has TLS, it does not know. */
const ACCESS = {
  none: { protocol: 'PLAINTEXT', mechanisms: [] },
  sasl: {
    protocol: 'SASL_PLAINTEXT (SASL_SSL through a load balancer that ends TLS)',
    mechanisms: ['SCRAM-SHA-512', 'SCRAM-SHA-256'],
  },
} as const;

interface GatewayOptions extends StoresOptions, FlushOptions {
  readonly kafka: KafkaAddress | 'off';
  readonly advertised?: KafkaAddress | typeof ECS_TASK;
  readonly rack?: string;
  readonly health?: KafkaAddress;
  readonly auth: 'none' | 'sasl';
  readonly log: 'text' | 'json';
  readonly output: 'text' | 'json';
}

export const registerGateway: Register = (program, surroundings) => {
  addStoresOptions(
    program
      .command('gateway')
      .summary('serve Kafka clients of a deployment on AWS')
      .description(
        'Serves Kafka clients over the bucket and table of a deployment. Any number of gateways may run side by side: clients see them as one cluster. Ctrl-C stops it.',
      ),
  )
    .addOption(kafkaOption())
    .addOption(
      new Option('--advertised <address>', `where clients are told to connect to: host:port, or ${ECS_TASK}`).argParser(
        parseAdvertised,
      ),
    )
    .addOption(new Option('--rack <zone>', `the availability zone, or ${ECS_TASK}: clients' client.rack names one`))
    .addOption(
      new Option('--health <address>', 'host:port where load balancers ask GET /health').argParser(parseAddress),
    )
    .addOption(
      new Option(
        '--auth <kind>',
        'sasl: clients have a name and a password (SCRAM), and the rights that ACLs give them',
      )
        .choices(['none', 'sasl'])
        .default('none'),
    )
    .addOption(lingerOption())
    .addOption(flushBytesOption())
    .addOption(logOption())
    .addHelpText(
      'after',
      `\nWith --auth sasl, the user admin may do everything, and makes the others with Kafka's own tools. Its password is what ${ADMIN_PASSWORD} says, or said at an earlier start.`,
    )
    .action((_, command: Command) => gateway(command.optsWithGlobals<GatewayOptions>(), surroundings));
};

async function gateway(options: GatewayOptions, { output, env, stopped }: Surroundings): Promise<void> {
  const { kafka } = options;
  if (kafka === 'off')
    throw new CliError('usage_invalid', 'A gateway serves Kafka clients: --kafka off leaves nothing.');
  if (options.bucket === undefined) {
    throw new CliError(
      'usage_invalid',
      'A gateway is for a deployment: name its --bucket and --table. On one machine, `millrace start` serves Kafka clients itself.',
    );
  }
  const log = logLines(output.stderr, options.log, () => new Date());
  const where = await placeOf(options, kafka, env);
  const { serveGateway } = await import('../gateway.ts');
  const { health, auth, lingerMs, flushBytes } = options;
  const adminPassword = env[ADMIN_PASSWORD];
  const stores = await openStores(options);
  const served = await serveGateway({
    stores,
    kafka,
    ...where,
    health,
    auth,
    adminPassword,
    lingerMs,
    flushBytes,
    log,
  });
  try {
    await announce(served, options, where.rack, output, log);
    await new Promise<void>((done) => {
      if (stopped.aborted) done();
      else stopped.addEventListener('abort', () => done(), { once: true });
    });
    log('info', 'stopping: clients go on with the other gateways');
  } finally {
    await served.close();
  }
  log('info', 'stopped');
}

/** @throws CliError where clients would be told an address that is none */
async function placeOf(
  { advertised, rack }: GatewayOptions,
  kafka: KafkaAddress,
  env: Surroundings['env'],
): Promise<{ advertised: { host: string; port: number } | undefined; rack: string | null }> {
  if (advertised === undefined && (kafka.host === '0.0.0.0' || kafka.host === '::')) {
    throw new CliError(
      'usage_invalid',
      `--kafka ${hostText(kafka.host)} is every address of this machine: name with --advertised the one that clients connect to.`,
    );
  }
  const asked = advertised === ECS_TASK || rack === ECS_TASK;
  const task = asked ? await (await import('../ecs-task.ts')).ecsTask(env) : undefined;
  return {
    advertised: advertised === ECS_TASK && task ? { host: task.host, port: kafka.port } : unasked(advertised),
    rack: rack === ECS_TASK ? (task?.zone ?? null) : (rack ?? null),
  };
}

function unasked(advertised: GatewayOptions['advertised']): KafkaAddress | undefined {
  return advertised === ECS_TASK ? undefined : advertised;
}

async function announce(
  served: ServedGateway,
  options: GatewayOptions,
  rack: string | null,
  output: Surroundings['output'],
  log: LogLines,
): Promise<void> {
  const { brokerId, healthPort } = served;
  const kafka = addressText(served.kafka);
  const advertised = addressText(served.advertised);
  const fields = { kafka, advertised, brokerId, ...(rack !== null && { rack }), pid: process.pid };
  if (options.output === 'json') await output.json({ ...fields, healthPort: healthPort ?? null });
  const open = options.auth === 'none' && options.kafka !== 'off' && !options.kafka.loopback;
  if (options.log === 'json') {
    log('info', 'started', fields);
    if (open) log('warn', 'open to the network, without authentication', { kafka });
    return;
  }
  output.note(
    [
      output.strong('A gateway for Kafka clients is running.'),
      '',
      `  Kafka   ${kafka}, as broker ${brokerId}  (${clientsText({ bootstrap: advertised, ...ACCESS[options.auth] })})`,
      ...(rack === null ? [] : [`  Zone    ${rack}`]),
      `  Stores  ${storesName(options)}`,
      ...(open
        ? ['', '  It asks nobody who he is: whoever reaches it reads and writes. --auth sasl changes that.']
        : []),
      '',
      'Ctrl-C stops it.',
    ].join('\n'),
  );
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${hostText(host)}:${port}`;
}

function parseAdvertised(text: string): KafkaAddress | typeof ECS_TASK {
  return text === ECS_TASK ? ECS_TASK : parseAddress(text);
}

function parseAddress(text: string): KafkaAddress {
  const address = parseKafkaAddress(text);
  if (address === 'off') throw new InvalidArgumentError(`Write host:port, such as 127.0.0.1:${KAFKA_PORT}.`);
  return address;
}
