import { consumedBody } from '../v3/transaction-body.ts';
import { type Schema, schemaOf } from './schema.ts';

/*
 * Schemas of bodies that no Zod schema describes: those whose bytes are scanned in place.
 */
const HEADERS: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { name: { type: 'string' }, value: { type: ['string', 'null'], contentEncoding: 'base64' } },
    required: ['name'],
    additionalProperties: false,
  },
};
const PARTITION: Schema = { type: ['integer', 'null'], minimum: 0 };

/** v2: keys and values are JSON, or base64 texts where the content type says binary. */
export const PRODUCE_BODY: Schema = {
  type: 'object',
  properties: {
    records: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          key: {},
          value: {},
          partition: PARTITION,
          timestamp: { type: ['integer', 'null'], minimum: 0 },
          headers: HEADERS,
        },
        additionalProperties: false,
      },
    },
  },
  required: ['records'],
};

const DATA: Schema = {
  type: ['object', 'null'],
  properties: { type: { enum: ['BINARY', 'JSON', 'STRING'] }, data: {} },
  additionalProperties: false,
};

const RECORD = {
  partition_id: PARTITION,
  key: DATA,
  value: DATA,
  headers: HEADERS,
  timestamp: { type: ['string', 'integer', 'null'], format: 'date-time' },
};
export const RECORD_BODY: Schema = { type: 'object', properties: RECORD, additionalProperties: false };

/** Records of any topics, and what groups have consumed. */
export const TRANSACTION_BODY: Schema = {
  type: 'object',
  properties: {
    records: {
      type: 'array',
      items: {
        type: 'object',
        properties: { topic_name: { type: 'string', minLength: 1 }, ...RECORD },
        required: ['topic_name'],
        additionalProperties: false,
      },
    },
    offsets: schemaOf(consumedBody),
  },
  additionalProperties: false,
};

/** No body, or none of these, commits what the instance was given. */
export const COMMIT_BODY: Schema = {
  type: 'object',
  properties: {
    offsets: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          topic: { type: 'string', minLength: 1 },
          partition: { type: 'integer', minimum: 0 },
          offset: { type: 'integer', minimum: 0 },
          metadata: { type: ['string', 'null'] },
        },
        required: ['topic', 'partition', 'offset'],
        additionalProperties: false,
      },
    },
  },
};

/** A route's settings: texts, or what Connect takes for texts; with null where settings can be taken out. */
export const CONFIG_BODY: Schema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: { type: ['string', 'number', 'boolean'] },
};
export const PATCH_BODY: Schema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
};
