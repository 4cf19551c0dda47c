import type { Field, Message, Range, Struct } from './definitions.ts';
import { condition, defaultOf, leastBytes, PRIMITIVES } from './types.ts';

/** Functions that read a message's structs; `typed` names the type that a struct is read as. */
export function readers({ structs, root, range, flexibleFrom }: Message, typed: (name: string) => string): string {
  const flexible = flexibleFrom <= range.max;
  return structs.map((struct) => reader(struct, { root, range, flexible, typed })).join('\n');
}

interface Within {
  root: Struct;
  range: Range;
  flexible: boolean;
  typed: (name: string) => string;
}

function reader(struct: Struct, { root, flexible, typed }: Within): string {
  const { name, fields, range } = struct;
  const tagged = fields.filter(({ tag }) => tag !== null);
  const values = fields.map((field) => {
    if (field.tag !== null) return `${field.name}: ${defaultOf(field)}`;
    const when = condition(field.range, range);
    const read = readOf(field);
    return `${field.name}: ${when ? `${when} ? ${read} : ${defaultOf(field)}` : read}`;
  });
  const tags = !flexible ? '' : tagged.length > 0 ? `  r.tags(v, it, tagsOf${name});\n` : '  r.skipTags();\n';
  const literal = values.length === 0 ? '{}' : `{\n    ${values.join(',\n    ')},\n  }`;
  const type = tagged.length > 0 ? `Mutable<${typed(name)}>` : typed(name);
  const body = tags ? `  const it: ${type} = ${literal};\n${tags}  return it;\n` : `  return ${literal};\n`;
  const head = `${struct === root ? 'export ' : ''}function read${name}`;
  return `${tagsOf(struct, tagged, type)}${head}(r: KafkaReader${/\bv\b/.test(body) ? ', v: number' : ''}): ${typed(name)} {\n${body}}\n`;
}

function tagsOf({ name, range }: Struct, tagged: readonly Field[], type: string): string {
  if (tagged.length === 0) return '';
  const lines = tagged.map((field) => {
    // Where a version knows no tags at all, none is read.
    const when = condition(field.range, range);
    return `if (tag === ${field.tag}${when ? ` && ${when}` : ''}) it.${field.name} = ${readOf(field)};`;
  });
  return `function tagsOf${name}(r: KafkaReader, v: number, tag: number, it: ${type}): void {\n  ${lines.join('\n  else ')}\n}\n`.replace(
    /v: number/,
    (argument) => (lines.some((line) => /\bv\b/.test(line)) ? argument : '_v: number'),
  );
}

function readOf(field: Field): string {
  const { nullable, range } = field;
  if (!nullable) return readAs(field, false);
  const when = condition(nullable, range);
  return when ? `(${when} ? ${readAs(field, true)} : ${readAs(field, false)})` : readAs(field, true);
}

function readAs({ type, array }: Field, nullable: boolean): string {
  const element = typeof type === 'string' ? `read${capital(type)}` : `read${type.name}`;
  if (array) return `r.${nullable ? 'nullableArray' : 'array'}(${leastBytes(type)}, v, ${element})`;
  if (typeof type !== 'string')
    return nullable ? `r.nullable(v, ${element})` : `${element}(${asksVersion(type) ? 'r, v' : 'r'})`;
  const { method } = PRIMITIVES[type]!;
  return `r.${nullable ? `nullable${capital(method)}` : method}()`;
}

/** Whether a struct's reader has the version among its parameters. */
function asksVersion({ fields, range }: Struct): boolean {
  return fields.some((field) => {
    if (field.array || field.tag !== null || condition(field.range, range)) return true;
    if (field.nullable && (typeof field.type !== 'string' || condition(field.nullable, field.range))) return true;
    return typeof field.type !== 'string' && asksVersion(field.type);
  });
}

export function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
