import type { Terminal } from './output.ts';
import { visible } from './table.ts';

export type Level = 'info' | 'warn' | 'error';

/** What a line carries beside its message. Names and numbers; never a key, a value, or a setting that may be secret. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one line per notable thing. */
export type LogLines = (level: Level, message: string, fields?: Fields) => void;

/**
 * Log lines on a stream: `12:03:04 warn  tending failed  code=store_full`, or one JSON object a line.
 *
 * @example
 * const log = logLines(process.stderr, 'json', () => new Date());
 * log('info', 'started', { url: 'http://127.0.0.1:8082' }); // {"time":"…","level":"info","message":"started","url":"…"}
 */
export function logLines(stream: Terminal, format: 'text' | 'json', now: () => Date): LogLines {
  return (level, message, fields = {}) => {
    if (format === 'json') {
      stream.write(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`);
      return;
    }
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `  ${name}=${visible(String(value))}`);
    stream.write(`${now().toISOString().slice(11, 19)} ${level.padEnd(5)} ${visible(message)}${rest.join('')}\n`);
  };
}

/** What a line says of an error: its code and message, and where nobody foresaw it, where it came from. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) };
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return { code, error: error.message };
  return { error: error.message, stack: error.stack };
}
