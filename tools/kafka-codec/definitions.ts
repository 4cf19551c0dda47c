import type { ApiChoice } from './apis.ts';

/** A field as Kafka's JSON has it. */
export interface RawField {
  name: string;
  type: string;
  versions: string;
  nullableVersions?: string;
  taggedVersions?: string;
  tag?: number;
  default?: string | number | boolean;
  ignorable?: boolean;
  fields?: RawField[];
}

interface RawMessage {
  apiKey?: number;
  name: string;
  validVersions: string;
  flexibleVersions: string;
  fields: RawField[];
  commonStructs?: { name: string; versions: string; fields: RawField[] }[];
}

/** Versions from `min` to `max`, both among them. */
export interface Range {
  min: number;
  max: number;
}

export interface Field {
  /** In camel case. */
  name: string;
  array: boolean;
  /** A primitive's name, or a struct of the same message. */
  type: string | Struct;
  range: Range;
  nullable: Range | null;
  tag: number | null;
  /** As TypeScript; null where the definition names none. */
  default: string | null;
  ignorable: boolean;
  /** In each version in which its struct is. */
  always: boolean;
}

export interface Struct {
  /** Unique over all messages. */
  name: string;
  range: Range;
  fields: Field[];
}

export interface Message {
  root: Struct;
  apiKey: number | null;
  /** First version with compact strings and tags; beyond `range.max` where there is none. */
  flexibleFrom: number;
  range: Range;
  /** Structs before those that hold them. */
  structs: Struct[];
}

/** A message's definition, cut down to the chosen versions. */
export function message(json: string, { versions: [min, max] }: ApiChoice): Message {
  const raw = JSON.parse(json.replace(/^\s*\/\/.*$/gm, '')) as RawMessage;
  const valid = rangeOf(raw.validVersions);
  if (min < valid.min || max > valid.max) {
    throw new Error(`${raw.name} has versions ${raw.validVersions}; ${min} to ${max} were asked for.`);
  }
  const range = { min, max };
  const structs = new Map<string, Struct>();
  const shared = new Map(raw.commonStructs?.map((struct) => [struct.name, struct.fields]));

  function struct(name: string, fields: readonly RawField[], within: Range): Struct {
    const own = name.startsWith(raw.name) ? name : `${raw.name}${name}`;
    const known = structs.get(own);
    if (known) return known;
    const made: Struct = { name: own, range: within, fields: [] };
    for (const one of fields) {
      const field = fieldOf(one, within);
      if (field) made.fields.push(field);
    }
    structs.set(own, made);
    return made;
  }

  function fieldOf(one: RawField, within: Range): Field | null {
    const at = both(rangeOf(one.versions), within);
    if (!at) return null;
    const array = one.type.startsWith('[]');
    const element = array ? one.type.slice(2) : one.type;
    const isStruct = /^[A-Z]/.test(element);
    // What several fields share is in the message's versions as a whole.
    const fields = one.fields ?? shared.get(element) ?? [];
    return {
      name: one.name[0]!.toLowerCase() + one.name.slice(1),
      array,
      type: isStruct ? struct(element, fields, one.fields ? at : range) : element,
      range: at,
      nullable: one.nullableVersions ? both(rangeOf(one.nullableVersions), at) : null,
      tag: one.taggedVersions ? one.tag! : null,
      default: one.default === undefined ? null : literal(element, array, one.default),
      ignorable: one.ignorable ?? false,
      always: at.min === within.min && at.max === within.max,
    };
  }

  const root = struct(raw.name, raw.fields, range);
  const flexible = raw.flexibleVersions === 'none' ? Number.POSITIVE_INFINITY : rangeOf(raw.flexibleVersions).min;
  return { root, apiKey: raw.apiKey ?? null, flexibleFrom: flexible, range, structs: [...structs.values()] };
}

/** "3+", "3-5", "3". */
function rangeOf(text: string): Range {
  const [, min, , max] = /^(\d+)(\+|-(\d+))?$/.exec(text) ?? [];
  if (min === undefined) throw new Error(`"${text}" is no range of versions.`);
  const open = text.endsWith('+');
  return { min: Number(min), max: open ? Number.POSITIVE_INFINITY : Number(max ?? min) };
}

export function both(a: Range, b: Range): Range | null {
  const min = Math.max(a.min, b.min);
  const max = Math.min(a.max, b.max);
  return min <= max ? { min, max } : null;
}

function literal(type: string, array: boolean, value: string | number | boolean): string {
  if (value === 'null') return 'null';
  if (array || /^[A-Z]/.test(type)) throw new Error(`A default of ${value} for a ${type} is not known.`);
  if (type === 'string') return `'${value}'`;
  return String(type === 'bool' ? value === true || value === 'true' : Number(value));
}
