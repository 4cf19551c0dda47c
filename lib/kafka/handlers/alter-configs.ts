import type { ConfigChange } from '../../topic/index.ts';
import type { Handler } from '../handler.ts';
import { alterResource, requireOnce } from './altered-resource.ts';

/*
 * AlterConfigs, versions 0 to 2: gives a topic exactly the settings named; others go back to their defaults. Clients
 * should prefer IncrementalAlterConfigs.
 */
export const alterConfigs: Handler<'AlterConfigs'> = {
  api: 'AlterConfigs',
  handle: async ({ resources, validateOnly }, context) => ({
    throttleTimeMs: 0,
    responses: await Promise.all(
      resources.map((resource) => {
        const change = (config: Readonly<Record<string, string>>): ConfigChange => {
          requireOnce(resource.configs);
          const cleared = Object.keys(config).map((name) => [name, null] as const);
          const set = resource.configs.map(({ name, value }) => [name, value] as const);
          return Object.fromEntries([...cleared, ...set]);
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
