/*
 * `npm run demo`: a real data set through the real server, with a consumer and the server killed on the way, and every
 * number held against the data set. `npm run demo -- --all` takes all 3 million flights.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { HttpClient } from '../support/http-client.ts';
import type { Cast } from './cast.ts';
import { TOPIC } from './cast.ts';
import { DELAYED_MINUTES, type Facts, readFacts } from './facts.ts';
import { countFlights } from './flights.ts';
import { Group } from './group.ts';
import { Installation } from './installation.ts';
import { Producer } from './producer.ts';
import { Receiver } from './receiver.ts';
import { grouped, Screen } from './screen.ts';
import { compare } from './stage-compare.ts';
import { prove } from './stage-prove.ts';
import { replay } from './stage-replay.ts';
import { run } from './stage-run.ts';
import { setUp } from './stage-set-up.ts';
import { Verdict } from './verdict.ts';

const FLIGHTS_DEFAULT = 200_000;
/** Fewer do not last long enough to kill anything on the way. */
const FLIGHTS_MIN = 2_000;
const HELP = `npm run demo -- [--all | --flights <count>] [--keep]

  --all              all 3 million flights, instead of ${grouped(FLIGHTS_DEFAULT)}
  --flights <count>  that many, ${grouped(FLIGHTS_MIN)} at least
  --keep             leaves the data folder and the archive where they are
`;

interface Options {
  readonly count: number;
  readonly keep: boolean;
}

/** Undefined where help was asked for. @throws with what is wrong */
async function optionsFrom(args: string[]): Promise<Options | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      all: { type: 'boolean', default: false },
      flights: { type: 'string', default: String(FLIGHTS_DEFAULT) },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const there = await countFlights();
  const count = values.all ? there : Number(values.flights);
  if (Number.isInteger(count) && count >= FLIGHTS_MIN && count <= there) return { count, keep: values.keep };
  throw new Error(`--flights takes a whole number from ${FLIGHTS_MIN} to ${there}.`);
}

async function play(options: Options, screen: Screen): Promise<Verdict> {
  screen.title(`Millrace: ${grouped(options.count)} flights`);
  screen.stage('What the data set says');
  const facts = await readFacts(options.count);
  showFacts(screen, facts);
  const verdict = new Verdict(screen);
  // Standard Webhooks' form of a secret.
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const receiver = new Receiver(facts, secret);
  const url = await receiver.listen();
  const installation = await Installation.begin();
  // Also when it is interrupted: those who write in the folder have been killed by then.
  if (!options.keep) process.on('exit', () => installation.remove());
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const group = new Group(installation.server.url, 'board', TOPIC, facts, reject);
  const producer = new Producer(new HttpClient(installation.server.url), TOPIC, facts);
  const cast: Cast = { screen, verdict, facts, installation, receiver, group, producer, broken };
  try {
    await setUp(cast, url, secret);
    await run(cast);
    await compare(cast);
    await replay(cast);
    await prove(cast);
  } finally {
    screen.endBars();
    group.close();
    receiver.close();
    await installation.server.kill();
    if (options.keep) showKept(screen, installation);
  }
  return verdict;
}

function showFacts(screen: Screen, { count, timesMs, origins, delayedCount }: Facts): void {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  screen.fact('flights', count);
  screen.fact('airports they leave from', origins.size);
  screen.fact(`over ${DELAYED_MINUTES} minutes late`, delayedCount);
  screen.fact('from', day(timesMs[0]!));
  screen.fact('to', day(timesMs[count - 1]!));
}

function showKept(screen: Screen, { folder, data, archive }: Installation): void {
  screen.title('Kept, to look into:');
  screen.fact('all of it', folder);
  screen.fact('the archive', `head ${archive}/${TOPIC}/0/*.jsonl`);
  screen.fact('the log', `npm start -- --data ${data}`);
  screen.fact('  and then', `npm run -s millrace -- consume ${TOPIC} -o beginning -c 5`);
  screen.fact('once more proved', `npm run -s millrace -- verify --data ${data}`);
}

const screen = new Screen(process.stdout, process.env);
// Children end with this process, and the folder goes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
try {
  const options = await optionsFrom(process.argv.slice(2));
  if (!options) process.stdout.write(HELP);
  else {
    const began = performance.now();
    const { off } = await play(options, screen);
    const tookS = ((performance.now() - began) / 1_000).toFixed(1);
    if (off.length === 0) screen.good(`Nothing lost, nothing twice in the archive. ${tookS} s.`);
    else {
      screen.bad(`${off.length} counts are off:\n  ${off.join('\n  ')}`);
      process.exitCode = 1;
    }
  }
} catch (error) {
  screen.endBars();
  screen.bad(`The demo broke off: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
