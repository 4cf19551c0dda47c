// What users of kcat do, once over. Usage: kcat.ts BOOTSTRAP PREFIX, with the variables of kcatEnv().
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { BOOTSTRAP, numbers, PREFIX, run, SECURITY, sameList, settle, texts, until } from './observe.ts';

const { KCAT = 'kcat', KCAT_LIBRARIES } = process.env;
const CALL_MS = 20_000;
/** Longer than a step with members takes. */
const MEMBER_MS = 120_000;
const COMMITTED_TRIES_MAX = 50;
const BASE_MS = 1_700_000_000_000;
const TOPIC = `${PREFIX}-events`;

/** librdkafka's settings, as `-X` takes them. */
function settings(): readonly string[] {
  if (!SECURITY) return [];
  const { ca, identity, sasl } = SECURITY;
  return [
    ...[`security.protocol=${sasl ? 'SASL_SSL' : 'SSL'}`, `ssl.ca.location=${ca}`],
    ...(identity ? [`ssl.certificate.location=${identity}`, `ssl.key.location=${identity}`] : []),
    ...(sasl ? [`sasl.mechanism=${sasl.mechanism}`] : []),
    ...(sasl ? [`sasl.username=${sasl.username}`, `sasl.password=${sasl.password}`] : []),
  ].flatMap((setting) => ['-X', setting]);
}

function start(args: readonly string[], timeout: number) {
  return spawn(KCAT, ['-b', BOOTSTRAP, ...settings(), ...args], {
    env: { ...process.env, ...(KCAT_LIBRARIES && { LD_LIBRARY_PATH: KCAT_LIBRARIES }) },
    timeout,
    killSignal: 'SIGKILL',
  });
}

/** A call's lines. @throws where it fails, with what it said */
async function kcat(args: readonly string[], input = ''): Promise<readonly string[]> {
  const child = start(args, CALL_MS);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, out, said] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`kcat ${args.join(' ')} ended with ${code}: ${said}`);
  return out === '' ? [] : out.replace(/\n$/, '').split('\n');
}

const lines = (values: readonly string[]) => values.map((value) => `${value}\n`).join('');
const consumed = (topic: string, ...args: readonly string[]) => kcat(['-C', '-t', topic, '-e', '-q', ...args]);
const fromStart = (topic: string, ...args: readonly string[]) => consumed(topic, '-o', 'beginning', ...args);

async function codecs() {
  const seen: Record<string, unknown> = {};
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const topic = `${PREFIX}-${codec}`;
    const values = texts(1_000, 200);
    await kcat(['-P', '-t', topic, '-p', '0', '-z', codec], lines(values));
    const got = await fromStart(topic, '-p', '0', '-f', '%o %s\\n');
    seen[codec] = sameList(
      got,
      values.map((value, offset) => `${offset} ${value}`),
    );
  }
  return seen;
}

async function keysAndHeaders() {
  const topic = `${PREFIX}-keys`;
  await kcat(
    ['-P', '-t', topic, '-p', '0', '-K', ':', '-H', 'one=1', '-H', 'two='],
    'a:first\nb:second\n:no key\nno value:\n',
  );
  await kcat(['-P', '-t', topic, '-p', '0', '-K', ':', '-Z'], 'tombstone:\n');
  const json = await fromStart(topic, '-p', '0', '-J');
  const shown = json.map((line) => {
    const { ts: _, broker: __, topic: ___, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return rest;
  });
  return { shown, formatted: await fromStart(topic, '-p', '0', '-f', '%p/%o %K:%k %S:%s [%h]\\n') };
}

async function byKey() {
  const pairs = numbers(100).map((value) => `key-${value}:${value}`);
  await kcat(['-P', '-t', TOPIC, '-K', ':'], lines(pairs));
  const got = await fromStart(TOPIC, '-f', '%p %s\\n');
  return got.toSorted();
}

async function times() {
  const topic = `${PREFIX}-times`;
  // kcat sends with the time of now; what it asks for is then before all of it, or after.
  await kcat(['-P', '-t', topic, '-p', '0'], lines(numbers(20)));
  const query = async (at: number) =>
    (await kcat(['-Q', '-t', `${topic}:0:${at}`])).map((line) => line.split(' ').at(-1));
  return {
    found: [await query(BASE_MS), await query(-2), await query(-1)],
    middle: await consumed(topic, '-p', '0', '-o', '15'),
    last: await consumed(topic, '-p', '0', '-o', '-3'),
    counted: await fromStart(topic, '-p', '0', '-c', '4'),
    since: (await consumed(topic, '-p', '0', '-o', `s@${BASE_MS}`)).length,
    until: (await consumed(topic, '-p', '0', '-o', `s@${BASE_MS}`, '-o', `e@${BASE_MS + 1}`)).length,
  };
}

async function groups() {
  const read = () =>
    kcat(['-G', `${PREFIX}-group`, '-q', '-e', '-X', 'auto.offset.reset=earliest', '-f', '%s\\n', TOPIC]);
  const first = await read();
  await kcat(['-P', '-t', TOPIC, '-K', ':'], 'key-1:more\nkey-2:and more\n');
  return { first: sameList(first.toSorted(), numbers(100).toSorted()), next: (await read()).toSorted() };
}

/** A call that stays, as a member of a group, and says which partitions it has. */
class Member {
  readonly #child: ReturnType<typeof start>;
  readonly #ended: Promise<unknown>;
  readonly got: string[] = [];
  /** How often it was given partitions. */
  assignments = 0;
  #parts: readonly number[] = [];

  constructor(group: string, ...more: readonly string[]) {
    const timing = ['session.timeout.ms=6000', 'heartbeat.interval.ms=300', 'auto.offset.reset=earliest'];
    const options = [...timing, ...more].flatMap((setting) => ['-X', setting]);
    this.#child = start(['-G', `${PREFIX}-${group}`, '-u', ...options, '-f', '%s\\n', TOPIC], MEMBER_MS);
    this.#ended = once(this.#child, 'close');
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.got.push(line));
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      const assigned = / rebalanced .*(?<event>assigned|revoked):(?<parts>.*)$/.exec(line)?.groups;
      if (!assigned) return;
      const parts = [...assigned.parts!.matchAll(/\[(\d+)\]/g)].map(([, part]) => Number(part));
      this.#parts = assigned.event === 'assigned' ? parts : [];
      if (assigned.event === 'assigned') this.assignments++;
    });
  }

  parts(): readonly number[] {
    return this.#parts.toSorted();
  }

  async leave(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

async function rebalances() {
  const first = new Member('shared');
  const all = [...numbers(100), 'more', 'and more'];
  await until('all of it', () => first.got.length >= all.length);
  const alone = first.parts();
  const second = new Member('shared');
  await until('two share', () => first.parts().length === 2 && second.parts().length === 2);
  const shared = [...first.parts(), ...second.parts()].toSorted();
  await first.leave();
  await until('one is left', () => second.parts().length === 4);
  await kcat(['-P', '-t', TOPIC, '-K', ':'], 'key-3:at last\n');
  await until('the last', () => second.got.includes('at last'));
  await second.leave();
  return { read: sameList(first.got.toSorted(), all.toSorted()), alone, shared, 'read by the other': second.got };
}

/** A static member that is back within its session has its partitions at once, and nobody else is asked to give up any. */
async function staticMembers() {
  const join = (instance: string) => new Member('static', `group.instance.id=${instance}`, 'session.timeout.ms=30000');
  const [first, other] = [join('one'), join('two')];
  await until('two share', () => first.parts().length === 2 && other.parts().length === 2);
  const all = [...numbers(100), 'more', 'and more', 'at last'];
  await until('all of it', () => first.got.length + other.got.length >= all.length);
  const [before, kept] = [first.parts(), other.parts()];
  const given = other.assignments;
  await first.leave();
  const back = join('one');
  await until('it is back', () => back.parts().length > 0);
  const same = [sameList(back.parts(), before), sameList(other.parts(), kept)];
  const more = [0, 1, 2, 3].map((partition) => `to ${partition}`);
  for (const [partition, value] of more.entries()) await kcat(['-P', '-t', TOPIC, '-p', `${partition}`], `${value}\n`);
  await until('what came since', () => back.got.length + other.got.length >= all.length - first.got.length + 4);
  const read = [...back.got, ...other.got].filter((value) => value.startsWith('to '));
  const seen = { same, 'given anew': other.assignments - given, 'read by one': back.got.length, read: read.toSorted() };
  await Promise.all([back.leave(), other.leave()]);
  return seen;
}

async function metadata() {
  await settle();
  const [line = ''] = await kcat(['-L', '-J', '-t', TOPIC]);
  const { brokers, topics } = JSON.parse(line) as {
    brokers: readonly object[];
    topics: readonly { topic: string; partitions: readonly { partition: number; replicas: readonly object[] }[] }[];
  };
  const [topic] = topics;
  const partitions = topic!.partitions.map(({ partition, replicas }) => [partition, replicas.length]);
  return { brokers: brokers.length, named: topic?.topic === TOPIC, partitions: partitions.toSorted() };
}

async function idempotent() {
  const topic = `${PREFIX}-idempotent`;
  await kcat(['-P', '-t', topic, '-p', '0', '-X', 'enable.idempotence=true'], lines(numbers(500)));
  return sameList(await fromStart(topic, '-p', '0'), numbers(500));
}

/** kcat commits at the end of what it is given. Kafka answers that before the marker is written: what comes next waits for it. */
async function transaction() {
  const topic = `${PREFIX}-transaction`;
  const committed = () => fromStart(topic, '-p', '0', '-X', 'isolation.level=read_committed', '-f', '%o %s\\n');
  await kcat(['-P', '-t', topic, '-p', '0', '-X', `transactional.id=${PREFIX}-kcat`], lines(numbers(10)));
  for (let tries = 0; tries < COMMITTED_TRIES_MAX && (await committed()).length === 0; tries++) await settle();
  await kcat(['-P', '-t', topic, '-p', '0'], 'after it\n');
  return committed();
}

await run({
  'produce with every codec': codecs,
  'keys, headers and nulls': keysAndHeaders,
  'produce by key': byKey,
  'offsets, and times': times,
  'idempotent producing': idempotent,
  'a transaction': transaction,
  groups,
  'a group of two': rebalances,
  'static members': staticMembers,
  metadata,
});
