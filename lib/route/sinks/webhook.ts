import { createHmac } from 'node:crypto';
import { AbortedError, type Clock } from '../../bytes/index.ts';
import { envelopeOf, type RouteEvent } from '../envelope.ts';
import { reasonOf } from '../errors.ts';
import { retryAfterMs } from '../retry.ts';
import { type SettingReader, setting, whole } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind } from '../sink.ts';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` and base64, or base64 alone; several sign side by side while one is replaced by another. */
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** 1 sends each event by itself; more sends JSON arrays. */
  readonly batchRecordsMax: number;
}

/** Of an answer's body, this much is read: it may end up in a trace or a dead letter. */
const ANSWER_BYTES_MAX = 4 * 1024;
const BATCH_BYTES_MAX = 1024 * 1024;
/** A server that asks for more is taken to mean this: events must not wait for days on one header. */
const RETRY_AFTER_MAX_MS = 60 * 60 * 1_000;

/** 4xx that may pass: timeout, conflict, too early, too many. All other 4xx say that this event will never be taken. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/**
 * Posts events to a URL, signed as Standard Webhooks 1.0 say: `webhook-id` is the same at every try of an event, so that
 * the receiver can drop what it has seen; `webhook-timestamp`, `webhook-signature`. One event's body is its value as it
 * is; a batch is a JSON array of envelopes. Redirects are not followed.
 *
 * @example
 * new WebhookSink({ url, secrets: ['whsec_…'], headers: {}, timeoutMs: 10_000, batchRecordsMax: 1 }, systemClock);
 */
export class WebhookSink implements Sink {
  readonly className = 'millrace.WebhookSink';
  readonly order: 'key' | 'partition';
  readonly sameBatches = false;
  readonly batchEventsMax: number;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #options: WebhookOptions;
  readonly #keys: readonly Buffer[];
  /** Without path and query, which may be secrets: many services take whoever knows the URL. */
  readonly #origin: string;
  readonly #clock: Clock;

  constructor(options: WebhookOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#origin = new URL(options.url).origin;
    this.#keys = options.secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
    this.batchEventsMax = options.batchRecordsMax;
    // A batch mixes keys, so that it fills; then only the partition's order keeps each key's.
    this.order = options.batchRecordsMax === 1 ? 'key' : 'partition';
  }

  async deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    const outcome = await this.#post(batch, context);
    return batch.events.map(() => outcome);
  }

  async #post(batch: SinkBatch, { route, signal }: SinkContext): Promise<Outcome> {
    const [first] = batch.events as readonly [RouteEvent];
    const last = batch.events.at(-1)!;
    const single = this.batchEventsMax === 1;
    const body = single ? singleBody(first) : JSON.stringify(batch.events.map((event) => ({ ...envelopeOf(event) })));
    const range = single ? `${first.offset}` : `${first.offset}-${last.offset}`;
    const id = `${route}.${batch.topicId}.${batch.partition}.${range}`;
    const headers = {
      ...contentHeaders(single ? first : undefined),
      ...this.#options.headers,
      ...this.#signed(id, body),
    };
    const timeout = new AbortController();
    const ended = AbortSignal.any([signal, timeout.signal]);
    const timing = this.#timeOut(timeout);
    try {
      const answer = await fetch(this.#options.url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: ended,
      });
      const text = await readStart(answer);
      return this.#outcomeOf(answer, text);
    } catch (thrown) {
      if (signal.aborted) throw new AbortedError();
      if (timeout.signal.aborted) {
        return { is: 'retry', reason: `no answer from ${this.#origin} within ${this.#options.timeoutMs} ms` };
      }
      return { is: 'retry', reason: `${reasonOf(thrown)}${causeOf(thrown)} from ${this.#origin}` };
    } finally {
      timing.abort();
    }
  }

  /** Aborts after the time-out, unless the returned controller is aborted before. */
  #timeOut(timeout: AbortController): AbortController {
    const answered = new AbortController();
    this.#clock.sleep(this.#options.timeoutMs, answered.signal).then(
      () => timeout.abort(),
      () => undefined, // answered in time
    );
    return answered;
  }

  /** Over the body's bytes, which need not be text. Source: Standard Webhooks 1.0, "Signature scheme". */
  #signed(id: string, body: string | Buffer): Record<string, string> {
    const timestamp = String(Math.floor(this.#clock.nowMs() / 1_000));
    const headers: Record<string, string> = { 'webhook-id': id, 'webhook-timestamp': timestamp };
    const signatures = this.#keys.map((key) => {
      const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
      return `v1,${hmac.digest('base64')}`;
    });
    if (signatures.length > 0) headers['webhook-signature'] = signatures.join(' ');
    return headers;
  }

  #outcomeOf(answer: Response, text: string): Outcome {
    const { status } = answer;
    if (status >= 200 && status < 300) return DELIVERED;
    const refused = { reason: `HTTP ${status} from ${this.#origin}`, detail: text };
    if (status >= 300 && status < 400) {
      return {
        is: 'poison',
        reason: `HTTP ${status} from ${this.#origin}: redirects are not followed. Set webhook.url to where it leads`,
      };
    }
    if (status >= 400 && status < 500 && !PASSING_STATUS.has(status)) return { is: 'poison', ...refused };
    const askedMs = retryAfterMs(answer.headers.get('retry-after'), this.#clock.nowMs());
    return {
      is: 'retry',
      ...refused,
      afterMs: askedMs === undefined ? undefined : Math.min(askedMs, RETRY_AFTER_MAX_MS),
    };
  }
}

/** A value as it is; what signs takes text or a Buffer. */
function singleBody(event: RouteEvent): Buffer {
  const value = event.value ?? new Uint8Array(0);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The event's own content-type, else JSON, which most are. */
function contentHeaders(event: RouteEvent | undefined): Record<string, string> {
  const own = event?.headers.findLast(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const type = own ? Buffer.from(own).toString('latin1') : '';
  // A header from an event is anyone's: one that is no media type must not break the request.
  return { 'content-type': /^[\w.+-]+\/[\w.+-]+(;[ \w.="+-]*)?$/.test(type) ? type : 'application/json' };
}

/** The first bytes of the answer's body as text; the rest is not read. */
async function readStart(answer: Response): Promise<string> {
  if (!answer.body) return '';
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop early cancels the body, and with it the connection.
  for await (const part of answer.body) {
    parts.push(part);
    sizeBytes += part.length;
    if (sizeBytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES_MAX).toString('utf8').trim();
}

/** fetch says only "fetch failed"; why stands in its cause. */
function causeOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? ` (${reasonOf(thrown.cause)})` : '';
}

const MINUTE_MS = 60_000;

const url = setting('webhook.url', {
  type: 'STRING',
  required: true,
  group: 'Webhook',
  documentation: 'The http or https URL that events are posted to.',
  parse: (text) => {
    const parsed = URL.parse(text);
    if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') throw new Error('it takes an http or https URL');
    if (parsed.username !== '' || parsed.password !== '') {
      throw new Error('a URL with a password is shown to everyone; use webhook.headers.authorization');
    }
    return text;
  },
});
const secret = setting('webhook.secret', {
  type: 'PASSWORD',
  group: 'Webhook',
  documentation:
    'Signs requests as Standard Webhooks say: whsec_ and base64 of 24 to 64 bytes; two, separated by a space, while one replaces the other.',
  parse: (text) => {
    const secrets = text.split(' ').filter((one) => one !== '');
    for (const one of secrets) {
      const base64 = one.replace(/^whsec_/, '');
      const bytes = Buffer.from(base64, 'base64').length;
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || bytes < 24 || bytes > 64) {
        throw new Error('it takes whsec_ and base64 of 24 to 64 bytes');
      }
    }
    return secrets;
  },
});
const headers = setting('webhook.headers.', {
  type: 'PASSWORD',
  family: true,
  group: 'Webhook',
  documentation: 'Headers to send with each request, such as webhook.headers.authorization.',
  parse: (text) => {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new Error('it takes what an HTTP header may hold');
    return text;
  },
});
const timeout = setting('webhook.timeout.ms', {
  type: 'INT',
  defaultText: '15000',
  group: 'Webhook',
  documentation: 'How long an answer may take.',
  parse: whole(1, 5 * MINUTE_MS),
});
const batchRecords = setting('webhook.batch.max.records', {
  type: 'INT',
  defaultText: '1',
  group: 'Webhook',
  documentation: '1 posts each value by itself; more posts JSON arrays of events.',
  parse: whole(1, 1_000),
});

/** What HTTP itself, or the signature, needs to set. */
const OWN_HEADERS = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
];

export const WEBHOOK: SinkKind = {
  name: 'webhook',
  settings: [url, secret, headers, timeout, batchRecords],
  read(reader) {
    const options = readOptions(reader);
    return options && { options, open: ({ clock }) => new WebhookSink(options, clock) };
  },
};

function readOptions(reader: SettingReader): WebhookOptions | undefined {
  const target = reader.read(url);
  const secrets = reader.read(secret) ?? [];
  const named = reader.readFamily(headers);
  const timeoutMs = reader.read(timeout);
  const batchRecordsMax = reader.read(batchRecords);
  for (const name of Object.keys(named)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
      reader.fail(headers.name + name, `"${name}" is no name of an HTTP header`);
    if (OWN_HEADERS.includes(name.toLowerCase()))
      reader.fail(headers.name + name, `"${name}" is set by the route itself`);
  }
  if (target === undefined || timeoutMs === undefined || batchRecordsMax === undefined) return undefined;
  const lower = Object.fromEntries(Object.entries(named).map(([name, text]) => [name.toLowerCase(), text]));
  return { url: target, secrets, headers: lower, timeoutMs, batchRecordsMax };
}
