import type { Field, Message, Range, Struct } from './definitions.ts';

/** How the code of one direction speaks: of a message that is read, or of one that is written. */
export type Purpose = 'read' | 'written';

export const PRIMITIVES: Record<
  string,
  { type: string; method: string; writeMethod?: string; bytes: number; zero: string }
> = {
  bool: { type: 'boolean', method: 'bool', bytes: 1, zero: 'false' },
  int8: { type: 'number', method: 'i8', writeMethod: 'u8', bytes: 1, zero: '0' },
  int16: { type: 'number', method: 'i16', bytes: 2, zero: '0' },
  uint16: { type: 'number', method: 'u16', writeMethod: 'i16', bytes: 2, zero: '0' },
  int32: { type: 'number', method: 'i32', bytes: 4, zero: '0' },
  int64: { type: 'number', method: 'i64', bytes: 8, zero: '0' },
  float64: { type: 'number', method: 'f64', bytes: 8, zero: '0' },
  string: { type: 'string', method: 'string', bytes: 1, zero: "''" },
  uuid: { type: 'string', method: 'uuid', bytes: 16, zero: 'UUID_ZERO' },
  bytes: { type: 'Uint8Array', method: 'data', bytes: 1, zero: 'NO_BYTES' },
  records: { type: 'Uint8Array', method: 'data', bytes: 1, zero: 'NO_BYTES' },
};

/** `version` as a condition for being in `range`; empty where it always is, within `all`. */
export function condition(range: Range, all: Range): string {
  const from = range.min > all.min ? `v >= ${range.min}` : '';
  const to = range.max < all.max ? `v <= ${range.max}` : '';
  if (range.min === range.max && from && to) return `v === ${range.min}`;
  return [from, to].filter(Boolean).join(' && ');
}

/** What a field has where nothing is said of it. */
export function defaultOf(field: Field): string {
  if (field.default !== null) return field.default;
  if (field.array) return '[]';
  if (typeof field.type === 'string') return PRIMITIVES[field.type]!.zero;
  return `{ ${field.type.fields.map((inner) => `${inner.name}: ${defaultOf(inner)}`).join(', ')} }`;
}

/** Whether a writer may leave the field out: there is a version without it, or a default that means "none". */
export function optional(field: Field): boolean {
  return field.default !== null || field.tag !== null || !field.always;
}

/** The least that one element of an array takes, in any version and notation. */
export function leastBytes(type: string | Struct): number {
  if (typeof type === 'string') return PRIMITIVES[type]!.bytes;
  let sum = 0;
  for (const field of type.fields) {
    if (!field.always || field.tag !== null) continue;
    sum += field.array || field.nullable ? nullableBytes(field) : leastBytes(field.type);
  }
  return Math.max(sum, 1);
}

function nullableBytes(field: Field): number {
  return field.array || typeof field.type !== 'string' ? 1 : leastBytes(field.type);
}

/** The interfaces of a message's structs. */
export function interfaces({ structs }: Message, purpose: Purpose): string {
  return structs.map((struct) => interfaceOf(struct, purpose)).join('\n');
}

function interfaceOf({ name, fields, range }: Struct, purpose: Purpose): string {
  const lines = fields.map((field) => {
    const mark = purpose === 'written' && optional(field) ? '?' : '';
    const note = field.always ? '' : ` // ${condition(field.range, range).replaceAll('v ', 'version ')}`;
    return `  readonly ${field.name}${mark}: ${typeOf(field, purpose)};${note}`;
  });
  if (lines.length === 0) return `export type ${name} = Readonly<Record<never, never>>;\n`;
  return `export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

function typeOf(field: Field, purpose: Purpose): string {
  const views = field.type === 'records' && purpose === 'written';
  const one = typeof field.type === 'string' ? PRIMITIVES[field.type]!.type : field.type.name;
  const type = field.array ? `readonly ${one}[]` : views ? 'Views' : one;
  return field.nullable ? `${type} | null` : type;
}
