/** A JSON schema, as OpenAPI 3.1 has them (2020-12). */
export type Schema = { readonly [keyword: string]: unknown };
