import { CLUSTER } from '../../auth/index.ts';
import type { ConfigChange } from '../../topic/index.ts';
import type { AlterConfigsResponseAlterConfigsResourceResponse } from '../codec/index.ts';
import { RESOURCE } from '../configs/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';

/**
 * Changes the settings of one resource by what `change` makes of those that are set, or only tries; the answer says what
 * was wrong. Both requests that change settings answer alike.
 */
export async function alterResource(
  { resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string },
  change: (config: Readonly<Record<string, string>>) => ConfigChange,
  validateOnly: boolean,
  context: HandlerContext,
): Promise<AlterConfigsResponseAlterConfigsResourceResponse> {
  const asked = { resourceType, resourceName };
  const { topics, onError } = context.parts;
  try {
    await requireAlterable(resourceType, resourceName, context);
    if (validateOnly) await topics.checkAlter(resourceName, change);
    else await topics.alter(resourceName, change);
    return { ...asked, errorCode: KAFKA_ERRORS.NONE, errorMessage: null };
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    if (errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR) onError(thrown, 'altering settings');
    return { ...asked, errorCode, errorMessage: kafkaMessageOf(thrown) };
  }
}

/** @throws KafkaError INVALID_REQUEST for a setting that is named twice */
export function requireOnce(configs: readonly { readonly name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of configs) {
    if (names.has(name)) throw new KafkaError('INVALID_REQUEST', `Setting '${name}' is in the request twice.`);
    names.add(name);
  }
}

async function requireAlterable(resourceType: number, name: string, { allow }: HandlerContext): Promise<void> {
  if (resourceType === RESOURCE.TOPIC) {
    if (await allow('ALTER_CONFIGS', topicNamed(name))) return;
    throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to alter the settings of '${name}'.`);
  }
  if (!(await allow('ALTER_CONFIGS', CLUSTER))) {
    throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', 'Not authorized to alter settings of the cluster.');
  }
  throw new KafkaError(
    'INVALID_REQUEST',
    resourceType === RESOURCE.BROKER
      ? 'The settings of brokers are those that Millrace was started with; they cannot be altered.'
      : `Resources of type ${resourceType} have no settings that can be altered; topics have.`,
  );
}
