import type { ZodType } from 'zod';
import { BINARY_TYPE, isV2, JSON_EMBEDDED_TYPE, JSON_TYPE, V2_JSON } from '../reply.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { type Schema, schemaOf } from './schema.ts';

/** Partitions and tasks are numbers; all else that a path names is a text. */
const NUMBERS: ReadonlySet<string> = new Set(['partition', 'task']);

const ERROR: Schema = {
  type: 'object',
  properties: { error_code: { type: 'integer' }, message: { type: 'string' } },
  required: ['error_code', 'message'],
};

/**
 * The HTTP API as an OpenAPI 3.1 document. Bodies and queries are described by the schemas that handlers parse with;
 * answers by their content types, and errors by what they all have. Source: OpenAPI Specification 3.1.1.
 */
export function openApiDocument(clusterId: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method, registered] = route.split(' ') as [string, string];
    const path = pathOf(registered);
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = described(path, registered, operation, clusterId);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Millrace',
      version: '1',
      description:
        "Confluent's REST Proxy v2 and v3, Kafka Connect's REST API for routes, and what Millrace has beside them.",
    },
    paths,
    components: { schemas: { Error: ERROR } },
  };
}

/** A path as OpenAPI writes it: `/topics/{topic}`; what is a parameter of one value to the router is that value. */
export function pathOf(registered: string): string {
  return registered.replace(/:action\{([^}]+)\}/g, '$1').replace(/:(\w+)/g, '{$1}');
}

function described(path: string, registered: string, operation: Operation, clusterId: string): object {
  const { about, body, query, answers = [200] } = operation;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const parameters = [...names.map((name) => pathParameter(name, clusterId)), ...(query ? queryParameters(query) : [])];
  const type = isV2(registered) ? V2_JSON : JSON_TYPE;
  const responses = Object.fromEntries(answers.map((status) => [status, answer(status, registered, type)]));
  return {
    summary: about,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: contentOf(registered, schemaOf(body)) } }),
    responses: {
      ...responses,
      default: {
        description: 'An error',
        content: { [type]: { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function answer(status: number, path: string, type: string): object {
  const description = status < 300 ? 'Done' : 'Not here, or not now';
  if (status === 204 || (status === 201 && /acls/.test(path))) return { description };
  if (status === 202 && path.startsWith('/connectors')) return { description };
  const records = /\/(records|messages)$/.test(path) && isV2(path);
  const types = records ? [V2_JSON, JSON_EMBEDDED_TYPE, BINARY_TYPE] : [type];
  return { description, content: Object.fromEntries(types.map((one) => [one, {}])) };
}

/** What a body may be sent as. */
function contentOf(path: string, schema: Schema): object {
  const produces = /^POST|^\/(buffered\/)?topics/.test(path) && isV2(path);
  return produces ? { [JSON_EMBEDDED_TYPE]: { schema } } : { [isV2(path) ? V2_JSON : JSON_TYPE]: { schema } };
}

function pathParameter(name: string, clusterId: string): object {
  const schema = NUMBERS.has(name)
    ? { type: 'integer', minimum: 0 }
    : name === 'cluster'
      ? { type: 'string', enum: [clusterId] }
      : { type: 'string', minLength: 1 };
  return { name, in: 'path', required: true, schema };
}

function queryParameters(query: ZodType): object[] {
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Readonly<Record<string, Schema>>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}
