import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Stores } from '../lib/store/index.ts';
import { CliError } from './errors.ts';
import { dataOption } from './settings.ts';

/** Which stores a command is to open by itself: a data folder, or a deployment's on AWS. */
export interface StoresOptions {
  readonly data: string;
  readonly bucket?: string;
  readonly table?: string;
  readonly region?: string;
  readonly endpoint?: string;
}

/** Adds the options that say which stores. */
export function addStoresOptions(command: Command): Command {
  return command
    .addOption(dataOption())
    .addOption(new Option('--bucket <name>', 'in place of a data folder: the S3 bucket of a deployment, with --table'))
    .addOption(new Option('--table <name>', 'the DynamoDB table of a deployment, with --bucket'))
    .addOption(new Option('--region <name>', 'the region of both; what the environment says unless given'))
    .addOption(new Option('--endpoint <url>', 'another place than AWS for both, such as an emulator'));
}

/** The stores' name for people. */
export function storesName({ data, bucket, table }: StoresOptions): string {
  return bucket === undefined ? resolve(data) : `s3://${bucket} and table ${table}`;
}

/**
 * Opens them as the platform does that runs on them; `prove` has the items of a data folder looked through first; `lost`
 * where they are to be put together again.
 * @throws CliError `usage_invalid`, `data_missing`; StoreError
 */
export async function openStores(options: StoresOptions, { prove = false, lost = false } = {}): Promise<Stores> {
  const { bucket, table, region, endpoint } = options;
  if ((bucket === undefined) !== (table === undefined)) {
    const [given, lacking] = bucket === undefined ? ['--table', '--bucket'] : ['--bucket', '--table'];
    throw new CliError('usage_invalid', `${given} is given without ${lacking}: a deployment has both.`);
  }
  const { openBucketStores, openFolderStores } = await import('../lib/platform.ts');
  if (bucket !== undefined && table !== undefined) {
    return openBucketStores({
      bucket,
      table,
      ...(region !== undefined && { region }),
      ...(endpoint !== undefined && { endpoint }),
    });
  }
  if (endpoint !== undefined || region !== undefined) {
    throw new CliError('usage_invalid', '--region and --endpoint are for a deployment: name its --bucket and --table.');
  }
  const folder = resolve(options.data);
  // Opening makes a folder that is absent; looking at nothing must not.
  if (existsSync(folder)) return openFolderStores(folder, { prove, lost });
  throw new CliError('data_missing', `There is no data folder ${folder}. Name one with --data, or MILLRACE_DATA.`);
}
