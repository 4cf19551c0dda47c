import { SCRAM_MECHANISMS, type UserInfo } from '../../auth/index.ts';
import { KAFKA_ERRORS, refusalOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler } from '../handler.ts';
import { requireCluster } from '../rights.ts';
import { scramCode } from '../security/index.ts';

/*
 * DescribeUserScramCredentials, version 0 (KIP-554): which users have a password, and for which mechanisms; never what is
 * kept of it. Needs DESCRIBE on the cluster.
 * - No names, or null, means all users.
 */
export const describeUserScramCredentials: Handler<'DescribeUserScramCredentials'> = {
  api: 'DescribeUserScramCredentials',
  handle: async ({ users }, context) => {
    await requireCluster(context, 'DESCRIBE');
    const all = await context.parts.security.credentials.list();
    const names = (users ?? []).map(({ name }) => name);
    const results = names.length === 0 ? all.map(described) : [...new Set(names)].map((name) => one(name, names, all));
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, errorMessage: null, results };
  },
  failed: (_request, failure) => ({ throttleTimeMs: 0, ...failure, results: [] }),
};

function described({ user, credentials }: UserInfo) {
  return {
    user,
    errorCode: KAFKA_ERRORS.NONE,
    errorMessage: null,
    credentialInfos: credentials.map(({ mechanism, iterations }) => ({ mechanism: scramCode(mechanism), iterations })),
  };
}

function one(name: string, names: readonly string[], all: readonly UserInfo[]) {
  const found = all.find(({ user }) => user === name);
  if (names.indexOf(name) !== names.lastIndexOf(name)) {
    return { ...failed(name, 'DUPLICATE_RESOURCE', `User ${name} is in the request more than once.`) };
  }
  return found
    ? described(found)
    : failed(name, 'RESOURCE_NOT_FOUND', `User ${name} has no ${SCRAM_MECHANISMS.join(', nor ')} credential.`);
}

function failed(user: string, error: 'DUPLICATE_RESOURCE' | 'RESOURCE_NOT_FOUND', message: string) {
  return { user, ...refusalOf(new KafkaError(error, message)), credentialInfos: [] };
}
