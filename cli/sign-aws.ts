import { createHash, createHmac } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { CliError } from './errors.ts';
import type { WireRequest } from './exchange.ts';

/** What a signature is for. */
export interface SigningScope {
  readonly service: 'execute-api' | 'lambda';
  readonly region: string;
}

/** Adds what proves who asks to a request's headers. */
export type Signer = (request: WireRequest) => Promise<Readonly<Record<string, string>>>;

/**
 * Signs requests with AWS credentials (Signature Version 4), found where all AWS tools find them: environment, `AWS_PROFILE`,
 * SSO, the machine's role. They are looked for once, and anew before they run out.
 *
 * @throws CliError credentials_missing, by the signer, where there are none or they cannot be had
 * @example
 * const headers = await awsSigner({ service: 'execute-api', region: 'eu-central-1' })(request);
 */
export function awsSigner({ service, region }: SigningScope): Signer {
  const provider = defaultProvider();
  const credentials = async () => {
    try {
      return await provider();
    } catch (error) {
      throw new CliError(
        'credentials_missing',
        `No AWS credentials to sign with: ${(error as Error).message}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or write --token, or --sign none.`,
        { cause: error },
      );
    }
  };
  const signature = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const signed = await signature.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...headers, host: url.host },
      body,
    });
    return signed.headers;
  };
}

function queryOf(url: URL): Record<string, string[]> {
  return Object.fromEntries([...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)]));
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 and its HMAC as the signature asks for them; the SDK's own is a package more. */
class Sha256 {
  readonly #key: Bytes | undefined;
  #hash;

  constructor(key?: Bytes) {
    this.#key = key;
    this.#hash = fresh(key);
  }

  update(chunk: Bytes): void {
    this.#hash.update(bytesOf(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = fresh(this.#key);
  }
}

function fresh(key: Bytes | undefined) {
  return key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
}

function bytesOf(bytes: Bytes): Uint8Array | string {
  if (typeof bytes === 'string') return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
