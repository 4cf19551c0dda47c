import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { SecretReference } from '../lib/route/index.ts';
import { clientOptions } from './client.ts';
import { type ParameterClient, parameterClient } from './parameters.ts';

const ANSWER_TIMEOUT_MS = 4_000;
/** The delivery is tried again anyway, with growing pauses. */
const ATTEMPTS_MAX = 2;

/** Only what is used of the client. */
export type SecretClient = Pick<SecretsManagerClient, 'send'>;

let client: SecretsManagerClient | undefined;

function secretClient(): SecretsManagerClient {
  client ??= new SecretsManagerClient(clientOptions({ answerTimeoutMs: ANSWER_TIMEOUT_MS, attemptsMax: ATTEMPTS_MAX }));
  return client;
}

/**
 * Reads the secret that a route names: from Secrets Manager, or a parameter of SSM, decrypted. Whether it may is decided by
 * the role of the function that delivers.
 *
 * @throws Error that says why it could not be read; nothing of the secret is in it
 * @example
 * await readSecret({ text: '${ssm:/hooks/token}', provider: 'ssm', name: '/hooks/token', key: undefined });
 */
export async function readSecret(
  { provider, name, key }: SecretReference,
  { secrets = secretClient(), ssm = parameterClient() }: { secrets?: SecretClient; ssm?: ParameterClient } = {},
): Promise<string> {
  if (provider === 'ssm') {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    if (Parameter?.Value === undefined) throw new Error('the parameter has no value');
    return Parameter.Value;
  }
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
  if (SecretString === undefined) throw new Error('the secret has no text: it is binary');
  return key === undefined ? SecretString : fieldOf(SecretString, key);
}

function fieldOf(text: string, key: string): string {
  const fields = jsonOf(text);
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, key)) {
    throw new Error(`the secret is no JSON object with a field "${key}"`);
  }
  const value: unknown = (fields as Record<string, unknown>)[key];
  if (typeof value !== 'string') throw new Error(`the secret's field "${key}" is no text`);
  return value;
}

/** JSON.parse quotes what it cannot read, which must not be seen. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
