import { type ConfigChange, TOPIC_SETTINGS } from '../../topic/index.ts';
import type { IncrementalAlterConfigsRequestAlterableConfig } from '../codec/index.ts';
import { LIST_SETTINGS } from '../configs/index.ts';
import { KafkaError } from '../errors.ts';
import type { Handler } from '../handler.ts';
import { alterResource, requireOnce } from './altered-resource.ts';

/** What to do with a setting. Source: org.apache.kafka.clients.admin.AlterConfigOp.OpType. */
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

/*
 * IncrementalAlterConfigs, versions 0 to 1: changes the settings named and leaves the others (KIP-339).
 * - APPEND and SUBTRACT take lists alone, and start from the default where nothing is set.
 */
export const incrementalAlterConfigs: Handler<'IncrementalAlterConfigs'> = {
  api: 'IncrementalAlterConfigs',
  handle: async ({ resources, validateOnly }, context) => ({
    throttleTimeMs: 0,
    responses: await Promise.all(
      resources.map((resource) => {
        const change = (config: Readonly<Record<string, string>>): ConfigChange => {
          requireOnce(resource.configs);
          return Object.fromEntries(resource.configs.map((one) => [one.name, changed(one, config)]));
        };
        return alterResource(resource, change, validateOnly, context);
      }),
    ),
  }),
  failed: ({ resources }, failure) => ({
    throttleTimeMs: 0,
    responses: resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, ...failure })),
  }),
};

function changed(
  { name, configOperation, value }: IncrementalAlterConfigsRequestAlterableConfig,
  config: Readonly<Record<string, string>>,
): string | null {
  if (configOperation === DELETE) return null;
  if (value === null) throw new KafkaError('INVALID_REQUEST', `Setting '${name}' has no value.`);
  if (configOperation === SET) return value;
  if (configOperation !== APPEND && configOperation !== SUBTRACT) {
    throw new KafkaError('INVALID_REQUEST', `Operation ${configOperation} on '${name}': 0 to 3 are right.`);
  }
  if (!LIST_SETTINGS.has(name)) {
    throw new KafkaError('INVALID_CONFIG', `'${name}' is no list: nothing can be appended to it or subtracted.`);
  }
  const items = itemsOf(config[name] ?? TOPIC_SETTINGS.find((setting) => setting.name === name)?.value ?? '');
  const given = itemsOf(value);
  const left = items.filter((item) => !given.includes(item));
  if (configOperation === SUBTRACT) return left.join(',');
  return [...items, ...given.filter((item) => !items.includes(item))].join(',');
}

function itemsOf(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
