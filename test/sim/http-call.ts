import type { ClientParts } from './clients/client.ts';
import type { Server } from './server.ts';
import { bytesName } from './trace.ts';

const LATENCY_MS = [0.2, 3] as const;
const SLOW_MS = [100, 1_500] as const;
const TIMEOUT_MS = 5_000;

export interface HttpAnswer {
  readonly status: number;
  /** Parsed; undefined where there is none. */
  readonly body: unknown;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

/**
 * One HTTP request to a server, over a connection of its own, so that requests pass each other.
 *
 * @returns undefined where no answer came: nobody knows what became of it
 */
export function httpCall(
  { world, process, chance }: ClientParts,
  { life }: Server,
  request: HttpRequest,
): Promise<HttpAnswer | undefined> {
  const { scheduler, trace } = world;
  const { requestLost, answerLost, slow } = world.weather.network;
  const latencyMs = () => {
    const [least, most] = chance.is(slow) ? SLOW_MS : LATENCY_MS;
    return chance.between(least, most);
  };
  const text = request.body === undefined ? undefined : JSON.stringify(request.body);
  const name = `${process.name}-${life.process.name} ${request.method} ${request.path}`;
  const note = (what: string) => trace.note(`${scheduler.nowMs.toFixed(2)} ${name} ${what}`);
  const isLost = chance.is(requestLost);
  const isUnanswered = chance.is(answerLost);
  return new Promise((resolve) => {
    const leaving = new AbortController();
    const over = (inMs: number, answer: HttpAnswer | undefined) => process.after(inMs, () => resolve(answer));
    over(request.timeoutMs ?? TIMEOUT_MS, undefined);
    process.after(request.timeoutMs ?? TIMEOUT_MS, () => life.process.after(latencyMs(), () => leaving.abort()));
    life.process.onDeath(() => over(latencyMs(), undefined));
    if (isLost || !life.process.alive) {
      note('is lost');
      over(latencyMs(), undefined);
      return;
    }
    life.process.after(latencyMs(), () => {
      note(bytesName([Buffer.from(text ?? '')]));
      answer(life.app, request, text, leaving.signal).then((made) => {
        note(`answers ${made.status} ${isUnanswered ? 'in vain' : ''}`);
        over(latencyMs(), isUnanswered ? undefined : made);
      });
    });
  });
}

async function answer(
  app: Server['life']['app'],
  { method, path, headers }: HttpRequest,
  text: string | undefined,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const length =
    text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)), 'content-type': 'application/json' };
  const init = { method, headers: { ...length, ...headers }, signal, ...(text !== undefined && { body: text }) };
  const response = await app.request(`http://127.0.0.1${path}`, init);
  const body = await response.text();
  return { status: response.status, body: body === '' ? undefined : JSON.parse(body) };
}
