import { CliError } from './errors.ts';
import type { WireRequest } from './exchange.ts';
import type { HttpAddress } from './settings.ts';
import type { Signer, SigningScope } from './sign-aws.ts';

/** How a request says who asks. */
export type Sign = 'auto' | 'aws' | 'none';

export interface AccessOptions {
  readonly sign: Sign;
  /** A bearer's (JWT). */
  readonly token: string | undefined;
  /** Where signatures are for an address that does not say it: AWS_REGION, AWS_DEFAULT_REGION. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What was sent with a request that is refused, for the sentence that says what to do. */
export type Shown = 'signature' | 'token' | 'nothing' | 'no credentials';

/**
 * Who asks, told to a deployed API: a token, a signature, or nothing.
 *
 * Addresses of API Gateway and of Function URLs are signed without being asked to: the default of `EventPlatform` is IAM, an unsigned
 * request could only fail there, and an API that asks for no signature does not look at it. Where there are no credentials, requests
 * go there as they are. Everywhere else nothing is signed unless `sign` is `aws`: the server of a machine has no use for it.
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #scope: SigningScope | undefined;
  #signer: Promise<Signer> | undefined;
  #shown: Shown = 'nothing';

  /** @throws CliError usage_invalid for what would give a secret away, or cannot be signed */
  constructor(address: HttpAddress, options: AccessOptions) {
    this.#options = options;
    const url = new URL(address.url);
    if (options.token !== undefined && options.sign === 'aws') {
      throw new CliError(
        'usage_invalid',
        'A request has a token or a signature: write --token or --sign aws, not both.',
      );
    }
    if (options.token !== undefined && url.protocol === 'http:' && !isThisMachine(address)) {
      throw new CliError(
        'usage_invalid',
        `A token sent to ${address.url} could be read on the way. Name an https address with --http.`,
      );
    }
    this.#scope = options.token === undefined ? scopeOf(url.hostname, options) : undefined;
  }

  /** How the last request said who asks. */
  get shown(): Shown {
    return this.#shown;
  }

  /** The headers of a request, with what says who asks. */
  async headersOf(request: WireRequest): Promise<Readonly<Record<string, string>>> {
    const { token, sign } = this.#options;
    if (token !== undefined) {
      this.#shown = 'token';
      return { ...request.headers, authorization: `Bearer ${token}` };
    }
    if (!this.#scope || this.#shown === 'no credentials') return request.headers;
    // The SDK's part is loaded by those alone who sign.
    this.#signer ??= import('./sign-aws.ts').then(({ awsSigner }) => awsSigner(this.#scope!));
    try {
      const signed = await (await this.#signer)(request);
      this.#shown = 'signature';
      return signed;
    } catch (error) {
      const missing = error instanceof CliError && error.code === 'credentials_missing';
      if (!missing || sign === 'aws') throw error;
      this.#shown = 'no credentials';
      return request.headers;
    }
  }
}

/** Source: API Gateway, "Invoke"; AWS Lambda, "Function URLs". Emulators have them below `localhost`. */
const HOSTS: readonly (readonly [RegExp, SigningScope['service']])[] = [
  [/\.execute-api\.(?:([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|localhost)$/, 'execute-api'],
  [/\.lambda-url\.([a-z0-9-]+)\.(?:on\.aws|localhost)$/, 'lambda'],
];

function scopeOf(host: string, { sign, env }: AccessOptions): SigningScope | undefined {
  if (sign === 'none') return undefined;
  for (const [pattern, service] of HOSTS) {
    const found = pattern.exec(host);
    if (found) return { service, region: found[1] ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1' };
  }
  if (sign === 'auto') return undefined;
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (region) return { service: 'execute-api', region };
  throw new CliError('usage_invalid', `${host} does not say in which region it is: set AWS_REGION to sign for it.`);
}

function isThisMachine({ host, loopback }: HttpAddress): boolean {
  return loopback || host.endsWith('.localhost');
}

/** What to do about an answer 401 or 403 that is the gateway's, not Millrace's own. */
export function refusalAdvice(status: number, shown: Shown): string {
  switch (shown) {
    case 'token':
      return 'It does not take the token of --token or MILLRACE_TOKEN: is it expired, or from another issuer or for another audience than Auth.jwt names?';
    case 'signature':
      return 'It does not let the signer of your AWS credentials in: grantProduce, grantConsume or grantAdmin of EventPlatform gives him the right. `aws sts get-caller-identity` says who that is.';
    case 'no credentials':
      return 'It asks for AWS credentials, and none were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or give a token with --token.';
    case 'nothing':
      return status === 401
        ? 'It asks for a token: give one with --token, or MILLRACE_TOKEN.'
        : 'It asks who you are: write --sign aws to sign with your AWS credentials, or give a token with --token.';
  }
}
