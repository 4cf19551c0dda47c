import { InvalidArgumentError } from 'commander';
import { unescaped } from './escapes.ts';
import type { EventOut } from './event.ts';

/** Adds what it stands for to `out`. */
type Part = (event: EventOut, out: Buffer[]) => void;

export interface FormatOptions {
  /** What a null key or value is shown as; nothing unless given. */
  readonly nullText?: string;
}

/**
 * Compiles kcat's format strings: `%s` value, `%S` its length (-1 for null), `%R` the same as four bytes, big endian,
 * `%k` and `%K` the key's, `%T` timestamp in ms, `%h` headers as a=b,c=d, `%t` topic, `%p` partition, `%o` offset, `%%`,
 * and the escapes of `unescaped`. Source: `kcat -h`, "Format string tokens".
 *
 * @throws InvalidArgumentError naming the token
 * @example
 * compileFormat('%o: %s\\n')(event); // [<Buffer …>, …], together "7: hello\n"
 */
export function compileFormat(format: string, { nullText = '' }: FormatOptions = {}): (event: EventOut) => Buffer[] {
  const ifNull = Buffer.from(nullText);
  const tokens = partsByToken(ifNull);
  const parts: Part[] = [];
  for (const [text, token] of format.matchAll(/%([\s\S]|$)|[^%]+/g)) {
    if (token === undefined) {
      const plain = unescaped(text);
      parts.push((_, out) => out.push(plain));
      continue;
    }
    const part = tokens[token];
    if (!part) throw new InvalidArgumentError(`"%${token}" is no token. There are %${Object.keys(tokens).join(' %')}.`);
    parts.push(part);
  }
  return (event) => {
    const out: Buffer[] = [];
    for (const part of parts) part(event, out);
    return out;
  };
}

function partsByToken(ifNull: Buffer): Readonly<Record<string, Part>> {
  const percent = Buffer.from('%');
  const text = (of: (event: EventOut) => string | number): Part => {
    return (event, out) => out.push(Buffer.from(String(of(event))));
  };
  return {
    s: (event, out) => out.push(event.value ?? ifNull),
    S: text((event) => event.value?.length ?? -1),
    R: (event, out) => out.push(lengthBytes(event.value)),
    k: (event, out) => out.push(event.key ?? ifNull),
    K: text((event) => event.key?.length ?? -1),
    T: text((event) => event.timestampMs),
    h: (event, out) => headers(event, out, ifNull),
    t: text((event) => event.topic),
    p: text((event) => event.partition),
    o: text((event) => event.offset),
    '%': (_, out) => out.push(percent),
  };
}

function lengthBytes(value: Buffer | null): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value?.length ?? -1);
  return bytes;
}

function headers(event: EventOut, out: Buffer[], ifNull: Buffer): void {
  for (const [i, [name, value]] of event.headers.entries()) {
    out.push(Buffer.from(`${i === 0 ? '' : ','}${name}=`), value ?? ifNull);
  }
}
