import { InvalidArgumentError } from 'commander';

const NAMED: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, 0: 0, '\\': 92 };

/**
 * A delimiter as it is written on a command line: `\n`, `\r`, `\t`, `\0`, `\\`, `\xHH`; all else stands for itself.
 *
 * @throws InvalidArgumentError
 * @example
 * unescaped('\\x1f'); // <Buffer 1f>
 */
export function unescaped(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const [, mark, hex, plain] of text.matchAll(/\\(x([0-9a-fA-F]{2})|[\s\S]|$)|([^\\]+)/g)) {
    if (plain !== undefined) parts.push(Buffer.from(plain));
    else if (hex !== undefined) parts.push(Buffer.of(Number.parseInt(hex, 16)));
    else if (mark !== undefined && mark in NAMED) parts.push(Buffer.of(NAMED[mark]!));
    else throw new InvalidArgumentError(`"\\${mark}" is no escape. There are \\n, \\r, \\t, \\0, \\\\ and \\xHH.`);
  }
  return Buffer.concat(parts);
}

/** An escaped delimiter of at least one byte. */
export function delimiter(text: string): Buffer {
  const bytes = unescaped(text);
  if (bytes.length === 0) throw new InvalidArgumentError('A delimiter has at least one character.');
  return bytes;
}
