import { type ScramMechanism, scramBytes, scramKeys } from '../../auth/index.ts';
import type { AlterUserScramCredentialsRequestScramCredentialUpsertion } from '../codec/index.ts';
import { KAFKA_ERRORS, refusalOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Failure, Handler, HandlerContext } from '../handler.ts';
import { requireCluster } from '../rights.ts';
import { scramMechanismOf } from '../security/index.ts';

/*
 * AlterUserScramCredentials, version 0 (KIP-554): gives users credentials, and takes them. Needs ALTER on the cluster.
 * - The client has salted the password; what is kept is made of that, and cannot be used in place of it.
 * - Each user stands once in a request, and is answered for itself.
 */
export const alterUserScramCredentials: Handler<'AlterUserScramCredentials'> = {
  api: 'AlterUserScramCredentials',
  handle: async ({ deletions, upsertions }, context) => {
    await requireCluster(context, 'ALTER');
    const changes: Change[] = [
      ...deletions.map(({ name, mechanism }) => ({ user: name, make: () => remove(name, mechanism, context) })),
      ...upsertions.map((upsertion) => ({ user: upsertion.name, make: () => upsert(upsertion, context) })),
    ];
    const byUser = [...Map.groupBy(changes, ({ user }) => user)];
    return { throttleTimeMs: 0, results: await Promise.all(byUser.map(([user, of]) => alter(user, of))) };
  },
  failed: ({ deletions, upsertions }, failure) => {
    const users = new Set([...deletions, ...upsertions].map(({ name }) => name));
    return { throttleTimeMs: 0, results: [...users].map((user) => ({ user, ...failure })) };
  },
};

interface Change {
  readonly user: string;
  make(): Promise<void>;
}

const ALTERED: Failure = { errorCode: KAFKA_ERRORS.NONE, errorMessage: null };

async function alter(user: string, [change, ...more]: readonly Change[]): Promise<{ user: string } & Failure> {
  try {
    if (more.length > 0) throw new KafkaError('DUPLICATE_RESOURCE', `User ${user} is in the request more than once.`);
    await change?.make();
    return { user, ...ALTERED };
  } catch (thrown) {
    return { user, ...refusalOf(thrown) };
  }
}

async function remove(user: string, code: number, { parts }: HandlerContext): Promise<void> {
  const mechanism = mechanismOf(user, code);
  if (await parts.security.credentials.remove(user, mechanism)) return;
  throw new KafkaError('RESOURCE_NOT_FOUND', `User ${user} has no ${mechanism} credential.`);
}

async function upsert(
  { name, mechanism: code, iterations, salt, saltedPassword }: AlterUserScramCredentialsRequestScramCredentialUpsertion,
  { parts }: HandlerContext,
): Promise<void> {
  const mechanism = mechanismOf(name, code);
  const bytes = scramBytes(mechanism);
  if (saltedPassword.length !== bytes) {
    throw new KafkaError('UNACCEPTABLE_CREDENTIAL', `A salted password of ${mechanism} has ${bytes} bytes.`);
  }
  const keys = scramKeys(mechanism, saltedPassword);
  // The salt is a view on the request's frame.
  await parts.security.credentials.put(name, { mechanism, iterations, salt: Uint8Array.from(salt), ...keys });
}

function mechanismOf(user: string, code: number): ScramMechanism {
  if (user === '') throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'A user has a name.');
  const mechanism = scramMechanismOf(code);
  if (mechanism) return mechanism;
  throw new KafkaError('UNSUPPORTED_SASL_MECHANISM', `There is no SCRAM mechanism ${code}.`);
}
