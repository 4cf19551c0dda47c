import type { Field, Message, Struct } from './definitions.ts';
import { capital } from './readers.ts';
import { condition, defaultOf, optional, PRIMITIVES } from './types.ts';

/** How a writer takes its structs: `typed` names their type; `sparse` where any field may be missing. */
export interface Given {
  typed: (name: string) => string;
  sparse: boolean;
}

/** Functions that write a message's structs. */
export function writers({ structs, root, range, flexibleFrom }: Message, given: Given): string {
  const flexible = flexibleFrom <= range.max;
  return structs.map((struct) => writer(struct, struct === root, flexible, given)).join('\n');
}

function writer(struct: Struct, isRoot: boolean, flexible: boolean, given: Given): string {
  const { name, fields } = struct;
  const lines = fields.filter(({ tag }) => tag === null).map((field) => line(field, struct, given));
  const tagged = fields.filter(({ tag }) => tag !== null);
  if (flexible) lines.push(tagged.length > 0 ? tags(tagged, struct) : 'w.noTags();');
  const body = lines.join('\n  ');
  const it = /\bit\b/.test(body);
  const v = /\bv\b/.test(body);
  const parameters = ['w: KafkaWriter'];
  if (v || it) parameters.push(`${v ? 'v' : '_v'}: number`);
  if (it) parameters.push(`it: ${given.typed(name)}`);
  return `${isRoot ? 'export ' : ''}function write${name}(${parameters.join(', ')}): void {\n  ${body}\n}\n`;
}

function line(field: Field, { range }: Struct, { sparse }: Given): string {
  const value = sparse || optional(field) ? orDefault(field) : `it.${field.name}`;
  const when = condition(field.range, range);
  const write = writeOf(field, value);
  if (!when) return write;
  const misplaced = field.ignorable ? '' : ` else if (${said(field)}) w.misplaced('${field.name}', v);`;
  return `if (${when}) { ${write} }${misplaced}`;
}

function orDefault(field: Field): string {
  const fallback = defaultOf(field);
  if (!field.nullable || fallback === 'null') return `(it.${field.name} ?? ${fallback})`;
  return `(it.${field.name} === undefined ? ${fallback} : it.${field.name})`;
}

/** Whether a field of the struct `of` says something: Kafka, too, passes over defaults only. */
function said(field: Field, of = 'it'): string {
  const name = `${of}.${field.name}`;
  const fallback = defaultOf(field);
  const there = [`${name} !== undefined`];
  if (field.nullable) there.push(`${name} !== null`);
  if (field.array) there.push(`${name}.length > 0`);
  else if (typeof field.type !== 'string') {
    const parts = field.type.fields.map((part) => `(${said(part, name)})`);
    if (!field.nullable) there.push(`(${parts.join(' || ')})`);
  } else if (fallback !== 'null') there.push(`${name} !== ${fallback}`);
  return there.join(' && ');
}

function writeOf(field: Field, value: string): string {
  if (!field.nullable) return writeAs(field, value, false);
  const when = condition(field.nullable, field.range);
  if (!when) return writeAs(field, value, true);
  const present = `w.present(${value}, '${field.name}', v)`;
  return `if (${when}) ${writeAs(field, value, true)} else ${writeAs(field, present, false)}`;
}

function writeAs({ type, array }: Field, value: string, nullable: boolean): string {
  const element = typeof type === 'string' ? `write${capital(type)}` : `write${type.name}`;
  if (array) return `w.${nullable ? 'nullableArray' : 'array'}(v, ${value}, ${element});`;
  if (typeof type !== 'string')
    return nullable ? `w.nullable(v, ${value}, ${element});` : `${element}(w, v, ${value});`;
  const { method, writeMethod = method } = PRIMITIVES[type]!;
  return `w.${nullable ? `nullable${capital(method)}` : writeMethod}(${value});`;
}

/** Tagged fields are written where they say something, in the order of their tags. */
function tags(tagged: readonly Field[], { range }: Struct): string {
  const ordered = tagged.toSorted((a, b) => a.tag! - b.tag!);
  const tests = ordered.map((field) => {
    const when = condition(field.range, range);
    // Before there were tags, the block is not entered, so this much need not be asked.
    return `const has${field.tag} = ${when ? `${when} && ` : ''}${said(field)};`;
  });
  const count = ordered.map(({ tag }) => `Number(has${tag})`).join(' + ');
  const writes = ordered.map((field) => {
    const element = typeof field.type === 'string' ? `write${capital(field.type)}` : `write${field.type.name}`;
    const write = field.array ? `(to, at, items) => to.array(at, items, ${element})` : element;
    return `if (has${field.tag}) w.tag(${field.tag}, v, it.${field.name}, ${write});`;
  });
  return `if (w.flexible) {\n    ${[...tests, `w.uvarint(${count});`, ...writes].join('\n    ')}\n  }`;
}
