import * as z from 'zod';

/** A JSON schema, as OpenAPI 3.1 has them (2020-12). */
export type Schema = { readonly [keyword: string]: unknown };

/** What a Zod schema takes; conditions that only code can say are left out. */
export function schemaOf(given: z.ZodType | Schema): Schema {
  if (!(given instanceof z.ZodType)) return given;
  const { $schema: _, ...schema } = z.toJSONSchema(given, { io: 'input', unrepresentable: 'any' });
  return schema;
}
