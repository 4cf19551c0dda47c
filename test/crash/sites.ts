import { startMiniStack } from '../aws/ministack.ts';
import type { RunningServer } from '../support/process.ts';
import { awsSite, EMULATOR_KEYS } from './aws-site.ts';
import { diskSite } from './disk-site.ts';
import type { Site } from './site.ts';

export const STORES = ['disk', 'aws'] as const;
export type StoreName = (typeof STORES)[number];

let emulator: Promise<RunningServer> | undefined;

/** Empty stores, and servers over them that run. The emulator of AWS is started with the first one, and ends with this process. */
export async function openSite(store: StoreName): Promise<Site> {
  if (store === 'disk') return running(await diskSite());
  Object.assign(process.env, EMULATOR_KEYS);
  emulator ??= startMiniStack();
  return running(await awsSite((await emulator).url));
}

async function running(site: Site): Promise<Site> {
  try {
    await Promise.all(site.servers.map((server) => server.start()));
    return site;
  } catch (error) {
    await site.end();
    throw error;
  }
}
