/** Who may ask the API for something: one of `iam`, `jwt`, `none`. */
export type Auth =
  | { readonly kind: 'iam' }
  | { readonly kind: 'jwt'; readonly issuer: string; readonly audience: readonly string[] }
  | { readonly kind: 'none' };

/**
 * How the API knows who asks. What they may do then, is said by ACLs: `grantProduce` and `grantConsume` make them.
 *
 * @example
 * new EventPlatform(this, 'Events', { auth: Auth.jwt({ issuer: 'https://login.example.com', audience: ['events'] }) });
 */
export const Auth = {
  /** Requests signed with AWS credentials (Signature Version 4). The default. */
  iam: (): Auth => ({ kind: 'iam' }),
  /** A token of an OpenID Connect issuer, in the Authorization header. HTTP API alone. */
  jwt: (options: { readonly issuer: string; readonly audience: readonly string[] }): Auth => ({
    kind: 'jwt',
    ...options,
  }),
  /** Anybody who reaches the API may do anything. For a network that nobody else reaches, and for trying things out. */
  none: (): Auth => ({ kind: 'none' }),
} as const;

/** What the API is made of. */
export type Api =
  | { readonly kind: 'http' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'url'; readonly streaming: boolean };

/**
 * The kinds of API that a platform can have.
 *
 * @example
 * new EventPlatform(this, 'Events', { api: Api.functionUrl({ streaming: true }) });
 */
export const Api = {
  /** API Gateway's HTTP API: $1.00 per million requests. The default. */
  http: (): Api => ({ kind: 'http' }),
  /** API Gateway's REST API: $3.50 per million; for usage plans, WAF, private APIs. */
  rest: (): Api => ({ kind: 'rest' }),
  /** A Function URL: no gateway to pay. `streaming` lets answers have more than 6 MB. */
  functionUrl: ({ streaming = false }: { readonly streaming?: boolean } = {}): Api => ({ kind: 'url', streaming }),
} as const;
