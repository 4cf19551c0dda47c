/** The part of an OpenAPI document that is looked at here. */
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: object;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What is there, and one that is not: names made up by chance would meet nothing. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  topic: ['orders', 'latest', 'nobody'],
  group: ['billing', 'nobody'],
  instance: ['one', 'nobody'],
  consumer: ['one'],
  user: ['alice'],
  plugin: ['topic', 'file', 'webhook', 'nobody'],
};
const DOOMED: Readonly<Record<string, readonly string[]>> = { topic: ['doomed'], group: ['doomed'] };
/** Polls are not to be waited for. */
const TIMEOUTS = ['0', '5'];

/**
 * The document with its parameters narrowed to names that mean something, so that requests get as far as they can: the same
 * requests as before, but fewer. What is deleted is not what all else is about.
 */
export function narrowed(document: Document): object {
  // There is no queue on one machine: 501, as the document says.
  const here = Object.entries(document.paths).filter(([path]) => !path.startsWith('/buffered'));
  const paths = here.map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [method, narrowedOperation(path, method, operation)]),
    ),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

function narrowedOperation(path: string, method: string, operation: Operation): Operation {
  if (!operation.parameters) return operation;
  const deletes = method === 'delete' && /\{(topic|group)\}$/.test(path);
  const parameters = operation.parameters.map((parameter) => {
    const names = namesOf(path, parameter, deletes);
    return names ? { ...parameter, schema: { type: 'string', enum: names } } : parameter;
  });
  return { ...operation, parameters };
}

function namesOf(path: string, parameter: Parameter, deletes: boolean): readonly string[] | undefined {
  if (parameter.in === 'query') return parameter.name === 'timeout' ? TIMEOUTS : undefined;
  if (deletes) return DOOMED[parameter.name] ?? NAMES[parameter.name];
  if (parameter.name !== 'name') return NAMES[parameter.name];
  return path.startsWith('/connectors') ? ['copy', 'nobody'] : ['retention.ms', 'cleanup.policy', 'nothing'];
}
