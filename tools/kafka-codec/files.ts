import { APIS, type ApiChoice, DATA, KAFKA_CLIENTS } from './apis.ts';
import { type Message, message } from './definitions.ts';
import { readers } from './readers.ts';
import { interfaces } from './types.ts';
import { writers } from './writers.ts';

/** A message's definition by its name, as JSON. */
export type Definitions = (name: string) => string;

const HEAD = `// Made by tools/kafka-codec from the message definitions of kafka-clients ${KAFKA_CLIENTS}. Do not edit: npm run generate:kafka\n`;

interface Api extends ApiChoice {
  request: Message;
  response: Message;
  file: string;
}

/** The product's direction, requests read and responses written: file name to TypeScript, not yet formatted. */
export function productFiles(definitions: Definitions): Map<string, string> {
  const apis = APIS.map((choice) => apiOf(choice, definitions));
  const files = new Map(apis.map((api) => [api.file, productFile(api)]));
  for (const choice of DATA) {
    const data = message(definitions(choice.name), choice);
    const code = `${interfaces(data, 'read')}\n${readers(data, same)}\n${writers(data, { typed: same, sparse: false })}`;
    files.set(fileName(choice.name), withImports(code, '..'));
  }
  return files.set('index.ts', productIndex(apis));
}

/** The other direction, of tests and of the load generator: requests written, responses read. */
export function peerFiles(definitions: Definitions): Map<string, string> {
  const apis = APIS.map((choice) => apiOf(choice, definitions));
  const files = new Map(apis.map((api) => [api.file, peerFile(api)]));
  const lines = apis.map(
    ({ name }) => `  ${name}: { writeRequest: write${name}Request, readResponse: read${name}Response },`,
  );
  const imports = apis.map(
    ({ name, file }) => `import { read${name}Response, write${name}Request } from './${file}';\n`,
  );
  const index = `${imports.join('')}import type { Peers } from '../peer.ts';\n
/** By API, how a client writes and reads. */
export const PEERS: Peers = {\n${lines.join('\n')}\n};\n`;
  return files.set('index.ts', HEAD + index);
}

function apiOf(choice: ApiChoice, definitions: Definitions): Api {
  const of = (suffix: string) => message(definitions(choice.name + suffix), choice);
  return { ...choice, request: of('Request'), response: of('Response'), file: fileName(choice.name) };
}

function productFile({ request, response }: Api): string {
  const code = [
    interfaces(request, 'read'),
    readers(request, same),
    interfaces(response, 'written'),
    writers(response, { typed: same, sparse: false }),
  ].join('\n');
  return withImports(code, '..');
}

function peerFile({ request, response }: Api): string {
  const code = [
    writers(request, { typed: (name) => `Sparse<${name}>`, sparse: true }),
    readers(response, (name) => `Whole<${name}>`),
  ].join('\n');
  const types = [...request.structs, ...response.structs].map(({ name }) => name).sort();
  return withImports(code, 'peer', types);
}

const ELEMENTS = ['Bool', 'Int8', 'Int16', 'Int32', 'Int64', 'String', 'NullableString', 'Uuid'];

/** What `code` uses of the hand-written part, from where it is: one folder up, or the library's face. */
function withImports(code: string, from: '..' | 'peer', types: readonly string[] = []): string {
  const used = (name: string) => new RegExp(`\\b${name}\\b`).test(code);
  const elements = ['NO_BYTES', 'UUID_ZERO', ...ELEMENTS.flatMap((one) => [`read${one}`, `write${one}`])].filter(used);
  const reader = ['KafkaReader'].filter(used);
  const writer = ['KafkaWriter', 'Views'].filter(used);
  if (from === '..') {
    return [
      HEAD,
      imports(elements, '../elements.ts'),
      imports(['Mutable'].filter(used), '../shapes.ts', 'type '),
      imports(reader, '../reader.ts', 'type '),
      imports(writer, '../writer.ts', 'type '),
      `\n${code}`,
    ].join('');
  }
  const shapes = ['Mutable', 'Sparse', 'Whole'].filter(used);
  const ofLibrary = [
    ...elements,
    ...[...reader, ...writer, ...shapes, ...types.filter(used)].map((name) => `type ${name}`),
  ];
  return `${HEAD}${imports(ofLibrary, '../../../../lib/kafka/index.ts')}\n${code}`;
}

function imports(names: readonly string[], path: string, kind = ''): string {
  return names.length === 0 ? '' : `import ${kind}{ ${names.join(', ')} } from '${path}';\n`;
}

function productIndex(apis: readonly Api[]): string {
  const names = (suffix: string) => apis.map(({ name }) => `  ${name}: ${name}${suffix};`).join('\n');
  const entries = apis.map(({ name, versions: [min, max], advertisedMin = min, request }) => {
    const flexibleFrom = request.flexibleFrom <= max ? request.flexibleFrom : max + 1;
    const numbers = `key: ${request.apiKey}, advertisedMin: ${advertisedMin}, min: ${min}, max: ${max}, flexibleFrom: ${flexibleFrom}`;
    return `  ${name}: { ${numbers}, readRequest: read${name}Request, writeResponse: write${name}Response },`;
  });
  const imported = apis.map(
    ({ name, file }) =>
      `import { type ${name}Request, type ${name}Response, read${name}Request, write${name}Response } from './${file}';\n`,
  );
  const exported = [...apis.map(({ file }) => file), ...DATA.map(({ name }) => fileName(name))];
  return `${HEAD}import type { Apis } from '../api.ts';\n${imported.join('')}
${exported.map((file) => `export type * from './${file}';`).join('\n')}

/** By API, what is asked. */
export interface Requests {\n${names('Request')}\n}

/** By API, what is answered. */
export interface Responses {\n${names('Response')}\n}

/** Every API of the codec. */
export const APIS: Apis = {\n${entries.join('\n')}\n};\n`;
}

function fileName(name: string): string {
  return `${name.replaceAll(/(?!^)([A-Z])/g, '-$1').toLowerCase()}.ts`;
}

function same(name: string): string {
  return name;
}
