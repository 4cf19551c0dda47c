import { suggestion } from '../bytes/index.ts';
import { hasReference, referencesIn } from './secret.ts';

/** Kafka Connect's ConfigDef.Type, as far as routes need it. */
export type SettingType = 'STRING' | 'INT' | 'LONG' | 'BOOLEAN' | 'LIST' | 'PASSWORD';

/** One setting of a route: what it is called, what it takes, and how its text is parsed. */
export interface Setting<T> {
  readonly name: string;
  readonly type: SettingType;
  readonly group: string;
  readonly documentation: string;
  /** Undefined where there is none: see `required`. */
  readonly defaultText: string | undefined;
  readonly required: boolean;
  /** A family of settings: what follows the name is free. */
  readonly family: boolean;
  /** Where `type` is PASSWORD it takes the empty text too, which stands for a secret that is not known yet. @throws Error that says what would be right */
  parse(text: string): T;
}

/** What a route's owner wrote: names and texts. */
export type ConfigTexts = Readonly<Record<string, string>>;

/** What is wrong with a setting, as Kafka Connect's validation has it: several errors for one name. */
export interface SettingProblem {
  readonly name: string;
  readonly error: string;
}

type Definition<T> = Partial<Pick<Setting<T>, 'defaultText' | 'required' | 'family' | 'group'>> &
  Pick<Setting<T>, 'type' | 'documentation' | 'parse'>;

export function setting<T>(name: string, definition: Definition<T>): Setting<T> {
  return { name, group: 'Common', defaultText: undefined, required: false, family: false, ...definition };
}

/**
 * Reads settings from a config and collects what is wrong with them, all of it. A secret may be a reference, unless
 * `references` is false: it is checked, and read as if it were empty (see secret-sink.ts).
 */
export class SettingReader {
  readonly problems: SettingProblem[] = [];
  readonly #texts: ConfigTexts;
  readonly #references: boolean;

  constructor(texts: ConfigTexts, { references = true }: { readonly references?: boolean } = {}) {
    this.#texts = texts;
    this.#references = references;
  }

  /** The setting's value or default; undefined where there is neither, or where it is wrong. */
  read<T>(one: Setting<T>): T | undefined {
    const text = Object.hasOwn(this.#texts, one.name) ? this.#texts[one.name] : one.defaultText;
    if (text === undefined) {
      if (one.required) this.fail(one.name, `"${one.name}" is missing: ${one.documentation}`);
      return undefined;
    }
    return this.#parse(one, one.name, text);
  }

  /** All settings of a family, by what follows its name. */
  readFamily<T>(one: Setting<T>): Record<string, T> {
    const found: [string, T][] = [];
    for (const [name, text] of Object.entries(this.#texts)) {
      if (!belongs(one, name)) continue;
      const value = this.#parse(one, name, text);
      if (value !== undefined) found.push([name.slice(one.name.length), value]);
    }
    return Object.fromEntries(found);
  }

  fail(name: string, error: string): void {
    this.problems.push({ name, error });
  }

  /** Names that no setting has are mistakes. The right one is looked for among the sink's `own` settings first. */
  refuseUnknown(
    { own, common }: { own: readonly Setting<unknown>[]; common: readonly Setting<unknown>[] },
    alsoKnown: readonly string[],
  ): void {
    const known = [...own, ...common];
    for (const name of Object.keys(this.#texts)) {
      if (alsoKnown.includes(name) || known.some((one) => one.name === name || belongs(one, name))) continue;
      const meant = around(name, namesOf(own)) || suggestion(name, namesOf(known)) || around(name, namesOf(common));
      this.fail(name, `"${name}" is no setting of this route.${meant}`);
    }
  }

  #parse<T>(one: Setting<T>, name: string, text: string): T | undefined {
    try {
      if (!this.#references || !mayBeReference(one, text)) return one.parse(text);
      if (one.type === 'PASSWORD') return one.parse(referencesIn(text).length > 0 ? '' : text);
      throw new Error('only secrets can be references, such as webhook.secret and webhook.headers.<name>');
    } catch (thrown) {
      // The text of a secret must not come back in an error.
      const shown = one.type === 'PASSWORD' ? '' : ` is "${text.slice(0, TEXT_SHOWN_MAX)}";`;
      this.fail(name, `"${name}"${shown} ${(thrown as Error).message}`);
      return undefined;
    }
  }
}

/** A secret that looks like a reference in any way is checked as one; elsewhere, only what surely is meant as one. */
function mayBeReference({ type }: Setting<unknown>, text: string): boolean {
  return type === 'PASSWORD' ? text.includes('${') : hasReference(text);
}

const TEXT_SHOWN_MAX = 200;

function namesOf(settings: readonly Setting<unknown>[]): string[] {
  return settings.map(({ name, family }) => (family ? `${name}<name>` : name));
}

/** Suggests the one name of which this is a part: `topic.name` for `topic`, `webhook.secret` for `secret`. */
function around(part: string, names: readonly string[]): string {
  const [meant, other] = names.filter((one) => `.${one}.`.includes(`.${part.toLowerCase()}.`));
  return meant !== undefined && other === undefined ? ` Did you mean "${meant}"?` : '';
}

function belongs(one: Setting<unknown>, name: string): boolean {
  return one.family && name.startsWith(one.name) && name.length > one.name.length;
}

/** A whole number within bounds. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d{1,15}$/.test(text.trim()) || value < min || value > max) {
      throw new Error(`it takes a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

export function oneOf<T extends string>(...allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((one) => one === text);
    if (found === undefined) throw new Error(`it takes ${allowed.join(' or ')}`);
    return found;
  };
}

export function truth(text: string): boolean {
  return oneOf('true', 'false')(text) === 'true';
}

export function isTopicName(text: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..';
}

/** The name of a topic. */
export function oneTopic(text: string): string {
  if (!isTopicName(text)) throw new Error('it takes the name of a topic');
  return text;
}
