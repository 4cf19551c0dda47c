import { RouteError } from './errors.ts';
import { fillReferences, referencesIn, SecretFailure, type SecretReference } from './secret.ts';
import { type ConfigTexts, SettingReader } from './setting.ts';
import type { ConfiguredSink, Outcome, Sink, SinkBatch, SinkContext, SinkKind, SinkParts } from './sink.ts';

/** How long a secret serves before it is read anew: a rotation counts by then. Reading costs $0.05 per 10,000. */
const SECRET_AGE_MS = 5 * 60_000;
/** What a destination refuses for good may be refused for its old secret: one this old is read anew before that is believed. */
const REFUSED_AGE_MS = 5_000;
/** A secret that takes longer has gone astray; the delivery is tried again. */
const SECRET_TIMEOUT_MS = 15_000;

/** A setting whose text names secrets. */
interface NamedSecrets {
  readonly setting: string;
  readonly references: readonly SecretReference[];
}

/** The sink as it is with the secrets that were read last. */
interface OpenedSink {
  readonly sink: Sink;
  readonly values: ReadonlyMap<string, string>;
  readonly readAt: Moment;
}

/** By both clocks: one may be set back, the other may stand still while a Lambda is frozen. */
interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

type Resolve = NonNullable<SinkParts['secret']>;

/**
 * The configured sink of a config whose secrets may be references: they are read when there is something to deliver, in the
 * process that delivers. Without references it is the sink as it was.
 */
export function withSecrets(
  kind: SinkKind,
  texts: ConfigTexts,
  topics: readonly string[],
  configured: ConfiguredSink,
): ConfiguredSink {
  const named = secretsNamed(kind, texts);
  const [first] = named;
  if (!first) return configured;
  return {
    ...configured,
    open: (parts) => {
      const { secret } = parts;
      if (secret) return new SecretSink({ kind, texts, topics, named, parts, resolve: secret }, configured.open(parts));
      throw new RouteError(
        'route_config_invalid',
        `"${first.setting}" names its secret as ${first.references[0]?.text}, and this server reads secrets from nowhere: give the secret itself. References are for deployments on AWS.`,
      );
    },
  };
}

function secretsNamed({ settings }: SinkKind, texts: ConfigTexts): NamedSecrets[] {
  const secret = settings.filter(({ type }) => type === 'PASSWORD');
  return Object.entries(texts)
    .filter(([name]) => secret.some((one) => (one.family ? name.startsWith(one.name) : name === one.name)))
    .map(([setting, text]) => ({ setting, references: referencesIn(text) }))
    .filter(({ references }) => references.length > 0);
}

interface SecretSinkParts {
  readonly kind: SinkKind;
  readonly texts: ConfigTexts;
  readonly topics: readonly string[];
  readonly named: readonly NamedSecrets[];
  readonly parts: SinkParts;
  readonly resolve: Resolve;
}

/**
 * A sink whose secrets are read when they are needed, kept for some minutes, and read anew where the destination refuses an
 * event for good. A secret that cannot be had is a reason to try again, and names the reference.
 */
class SecretSink implements Sink {
  readonly className: string;
  readonly order: 'key' | 'partition';
  readonly sameBatches: boolean;
  readonly batchEventsMax: number;
  readonly batchBytesMax: number;
  readonly #made: SecretSinkParts;
  #opened: OpenedSink | undefined;
  /** The reading under way, which all deliveries share. */
  #opening: Promise<OpenedSink> | undefined;

  /** @param shape the sink with no secrets: all but them is the same in it */
  constructor(made: SecretSinkParts, shape: Sink) {
    this.#made = made;
    this.className = shape.className;
    this.order = shape.order;
    this.sameBatches = shape.sameBatches;
    this.batchEventsMax = shape.batchEventsMax;
    this.batchBytesMax = shape.batchBytesMax;
  }

  async deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    let sink: Sink;
    try {
      ({ sink } = await this.#open(SECRET_AGE_MS));
    } catch (thrown) {
      const reason = failureOf(thrown).message;
      return batch.events.map(() => ({ is: 'retry', reason }));
    }
    const outcomes = await sink.deliver(batch, context);
    if (!outcomes.some(({ is }) => is === 'poison')) return outcomes;
    const doubt = await this.#doubt(sink);
    return doubt === undefined ? outcomes : outcomes.map((one) => onceMore(one, doubt));
  }

  /** Why an event that `sink` refuses for good may be taken after all. */
  async #doubt(sink: Sink): Promise<string | undefined> {
    try {
      return (await this.#open(REFUSED_AGE_MS)).sink === sink ? undefined : 'its secret was replaced meanwhile';
    } catch (thrown) {
      return failureOf(thrown).message;
    }
  }

  async #open(ageMaxMs: number): Promise<OpenedSink> {
    if (this.#opened && this.#ageMs(this.#opened.readAt) < ageMaxMs) return this.#opened;
    this.#opening ??= this.#read().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #read(): Promise<OpenedSink> {
    const readAt = this.#now();
    const values = new Map<string, string>();
    for (const { setting, references } of this.#made.named) {
      for (const reference of references) values.set(reference.text, await this.#resolve(setting, reference));
    }
    const before = this.#opened;
    const same = before && [...values].every(([text, value]) => before.values.get(text) === value);
    this.#opened = { sink: same ? before.sink : this.#make(values), values, readAt };
    return this.#opened;
  }

  #make(values: ReadonlyMap<string, string>): Sink {
    const { kind, texts, topics, named, parts } = this.#made;
    const filled = named.map(({ setting }) => [setting, fillReferences(texts[setting] ?? '', values)] as const);
    const reader = new SettingReader({ ...texts, ...Object.fromEntries(filled) }, { references: false });
    const configured = kind.read(reader, topics);
    const [problem] = reader.problems;
    if (configured && !problem) return configured.open(parts);
    const wrong = named.find(({ setting }) => setting === problem?.name) ?? named[0];
    throw new SecretFailure(
      wrong?.setting ?? kind.name,
      wrong?.references.map(({ text }) => text).join(', ') ?? 'its secret',
      new Error(`what it holds cannot be used. ${problem?.error ?? ''}`),
    );
  }

  async #resolve(setting: string, reference: SecretReference): Promise<string> {
    const { resolve, parts } = this.#made;
    const done = new AbortController();
    const late = parts.clock.sleep(SECRET_TIMEOUT_MS, done.signal).then(() => {
      throw new Error(`no answer within ${SECRET_TIMEOUT_MS} ms`);
    });
    // Where the secret is quicker, nobody waits for this.
    late.catch(() => undefined);
    try {
      return await Promise.race([resolve(reference), late]);
    } catch (thrown) {
      throw new SecretFailure(setting, reference.text, thrown);
    } finally {
      done.abort();
    }
  }

  #ageMs(moment: Moment): number {
    const { wallMs, monotonicMs } = this.#now();
    return Math.max(monotonicMs - moment.monotonicMs, Math.abs(wallMs - moment.wallMs));
  }

  #now(): Moment {
    const { clock } = this.#made.parts;
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }
}

/** What was refused under a secret that may have been replaced since gets another try. */
function onceMore(outcome: Outcome, doubt: string): Outcome {
  return outcome.is === 'poison' ? { ...outcome, is: 'retry', reason: `${outcome.reason}; ${doubt}` } : outcome;
}

function failureOf(thrown: unknown): SecretFailure {
  if (thrown instanceof SecretFailure) return thrown;
  throw thrown;
}
