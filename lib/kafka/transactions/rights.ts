import type { AskedOperation, Resource } from '../../auth/index.ts';
import { KafkaError } from '../errors.ts';
import type { HandlerContext } from '../handler.ts';

export function transactionalIdNamed(name: string): Resource {
  return { type: 'TRANSACTIONAL_ID', name };
}

/** @throws KafkaError TRANSACTIONAL_ID_AUTHORIZATION_FAILED unless the session's principal may do this to the id */
export async function requireTransactionalId(
  { allow }: HandlerContext,
  operation: AskedOperation,
  id: string,
): Promise<void> {
  if (await allow(operation, transactionalIdNamed(id))) return;
  throw new KafkaError(
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    `Not authorized to ${operation} transactional id '${id}'.`,
  );
}
