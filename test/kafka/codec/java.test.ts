import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APIS } from '../../../lib/kafka/index.ts';
import { API_NAMES, decodeResponse, EVERY_VERSION, readBack, requestFrame, responseFrame } from './messages.ts';

interface Golden {
  kind: string;
  api: (typeof API_NAMES)[number];
  version: number;
  frame: Uint8Array;
  understood: string;
}

/** Written by the Java client 4.3.1, with what it understood (golden/make-golden.ts). */
const GOLDEN = readFileSync(join(import.meta.dirname, 'golden/java.txt'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(goldenOf);

function goldenOf(line: string): Golden {
  const [, kind, key, version, hex, understood] = /^(\w+) (\d+) (\d+) (\w+) (.*)$/.exec(line)!;
  const api = API_NAMES.find((name) => APIS[name].key === Number(key))!;
  const frame = new Uint8Array(Buffer.from(hex!, 'hex'));
  return { kind: kind!, api, version: Number(version), frame, understood: understood! };
}

/** `name=value` of all plain fields in their order; `[]`, bytes and lists of plain values are left out. */
function* said(value: unknown, name = ''): Generator<string> {
  if (value instanceof Uint8Array) return;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') yield* said(item, name);
  } else if (typeof value === 'object' && value !== null) {
    for (const [inner, item] of Object.entries(value)) yield* said(item, inner);
  } else if (value !== null) {
    const isUuid = typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
    const uuid = isUuid ? Buffer.from(value, 'hex').toString('base64url') : null;
    yield `${name}=${uuid ?? (typeof value === 'string' ? `'${value}'` : value)}`;
  }
}

/** What of `parts` is not in `whole`, in the same order. */
function missing(whole: string, parts: Iterable<string>): string[] {
  let at = 0;
  return [...parts].filter((part) => {
    const found = whole.indexOf(part, at);
    if (found >= 0) at = found + part.length;
    return found < 0;
  });
}

describe('frames of the Java client', () => {
  it('are there for every message in every version', () => {
    expect(GOLDEN).toHaveLength(EVERY_VERSION.length * 2);
  });

  it.each(GOLDEN)('$kind $api $version is understood as Java does, and written with the same bytes', (golden) => {
    const { kind, api, version, frame, understood } = golden;
    if (kind === 'request') {
      const body = readBack(api, frame);
      expect(missing(understood, said(body))).toEqual([]);
      expect(Buffer.compare(requestFrame(api, version, body), frame)).toBe(0);
    } else {
      const { body } = decodeResponse(api, version, frame);
      expect(missing(understood, said(body))).toEqual([]);
      expect(Buffer.compare(responseFrame(api, version, body as never), frame)).toBe(0);
    }
  });
});
