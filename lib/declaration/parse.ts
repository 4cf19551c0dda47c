import * as z from 'zod';
import { type AclBinding, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from '../auth/index.ts';
import { bindingName } from './acl.ts';
import type { Declaration, DeclaredRoute, DeclaredTopic, Revised, Settled, ThingKind } from './model.ts';

/** One parameter below the path of a declaration. */
export interface DeclaredText {
  /** What follows the path: `topics/orders`, `routes/late`, `acls/0`. */
  readonly name: string;
  readonly text: string;
  /** When it was last written, ms since 1970. */
  readonly revision: number;
}

/** The names that a template says it declares; undefined where it does not say. */
export interface ListedNames {
  readonly topics?: readonly string[] | undefined;
  readonly routes?: readonly string[] | undefined;
  /** Of parameters: each holds some bindings. */
  readonly acls?: readonly string[] | undefined;
}

const TEXTS = z.record(z.string().min(1), z.string());
const TOPIC = z.strictObject({ partitions: z.int().min(1).optional(), settings: TEXTS.default({}) });
const ROUTE = z.strictObject({ config: TEXTS, worker: z.string().min(1).optional() });
const ACLS: z.ZodType<AclBinding[]> = z.array(
  z.strictObject({
    resource: z.strictObject({ type: z.enum(RESOURCE_TYPES), pattern: z.enum(PATTERN_TYPES), name: z.string() }),
    principal: z.string(),
    host: z.string(),
    operation: z.enum(OPERATIONS),
    permission: z.enum(PERMISSIONS),
  }),
);

/**
 * Parses the parameters of a declaration. What cannot be parsed is a problem of that thing alone. Where names are listed,
 * parameters of other names are those that the deployment deletes next, and do not count.
 *
 * @example
 * parseDeclaration([{ name: 'topics/orders', text: '{"partitions":4}', revision: 1 }], { readMs: 1 }).topics.get('orders');
 */
export function parseDeclaration(
  texts: readonly DeclaredText[],
  { readMs, listed }: { readonly readMs: number; readonly listed?: ListedNames | undefined },
): Declaration {
  const topics = new Map<string, Revised<DeclaredTopic>>();
  const routes = new Map<string, Revised<DeclaredRoute>>();
  const bindings = new Map<string, Revised<readonly AclBinding[]>>();
  const problems: Settled[] = [];
  for (const { name: path, text, revision } of texts) {
    const [folder, name] = split(path);
    const gone = (names: readonly string[] | undefined) => names !== undefined && !names.includes(name);
    if (folder === 'topics' && !gone(listed?.topics)) take(topics, TOPIC, { kind: 'topic', name, text, revision });
    if (folder === 'routes' && !gone(listed?.routes)) take(routes, ROUTE, { kind: 'route', name, text, revision });
    if (folder === 'acls' && !gone(listed?.acls)) take(bindings, ACLS, { kind: 'acl', name, text, revision });
  }
  problems.push(...unwritten('topic', listed?.topics, (name) => topics.has(name)));
  problems.push(...unwritten('route', listed?.routes, (name) => routes.has(name)));
  problems.push(...unwritten('acl', listed?.acls, (name) => bindings.has(name)));
  return { topics, routes, acls: eachBinding(bindings.values()), problems, readMs, listed: listed !== undefined };

  function take<T>(into: Map<string, Revised<T>>, schema: z.ZodType<T>, one: Declared): void {
    const { kind, name, text, revision } = one;
    const read = schema.safeParse(json(text));
    if (read.success) into.set(name, { thing: read.data, revision });
    else problems.push({ kind, name, is: 'refused', why: `${title(kind)} "${name}": ${sentence(read.error)}` });
  }

  function unwritten(kind: ThingKind, names: readonly string[] | undefined, has: (name: string) => boolean): Settled[] {
    const missing = (names ?? []).filter((name) => {
      return !has(name) && !problems.some((one) => one.kind === kind && one.name === name);
    });
    return missing.map((name) => {
      const why = `${title(kind)} "${name}" is declared, but its parameter is not there. Deploy again.`;
      return { kind, name, is: 'refused', why };
    });
  }
}

interface Declared {
  readonly kind: ThingKind;
  readonly name: string;
  readonly text: string;
  readonly revision: number;
}

const TITLES: Readonly<Record<ThingKind, string>> = { topic: 'Topic', route: 'Route', acl: 'Right' };

export function title(kind: ThingKind): string {
  return TITLES[kind];
}

/** Bindings by their names; one that several parameters have is as late as the latest. */
function eachBinding(all: Iterable<Revised<readonly AclBinding[]>>): Map<string, Revised<AclBinding>> {
  const found = new Map<string, Revised<AclBinding>>();
  for (const { thing: bindings, revision } of all) {
    for (const thing of bindings) {
      const name = bindingName(thing);
      found.set(name, { thing, revision: Math.max(revision, found.get(name)?.revision ?? 0) });
    }
  }
  return found;
}

function split(path: string): [string, string] {
  const at = path.indexOf('/');
  return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
}

/** What is no JSON is no object either, and is refused as such. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sentence(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
  return `its declaration is not what EventPlatform writes. ${issues.join('; ')}.`;
}
