import { CliError } from './errors.ts';

/** Where a container on Fargate runs. */
export interface EcsTask {
  /** Its own address in the VPC. */
  readonly host: string;
  /** Its availability zone by name, such as `eu-central-1a`. */
  readonly zone: string | undefined;
}

/** The service is in the task's own host: where it does not answer at once, it never will. */
const TIMEOUT_MS = 5_000;

/**
 * Asks ECS where this container runs. Source: Amazon ECS, "Task metadata endpoint version 4".
 *
 * @throws CliError `usage_invalid` where no ECS is there to be asked
 */
export async function ecsTask(env: Readonly<Record<string, string | undefined>>): Promise<EcsTask> {
  const endpoint = env.ECS_CONTAINER_METADATA_URI_V4;
  if (!endpoint) {
    throw new CliError('usage_invalid', '"ecs-task" is for containers on Amazon ECS: write host:port, or a zone.');
  }
  try {
    const answer = await fetch(`${endpoint}/task`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const task = (await answer.json()) as TaskMetadata;
    const host = task.Containers?.flatMap(({ Networks = [] }) => Networks.flatMap((one) => one.IPv4Addresses ?? []))[0];
    if (host !== undefined) return { host, zone: task.AvailabilityZone };
  } catch (cause) {
    throw new CliError('usage_invalid', `ECS did not say where this task runs: ${String(cause)}`, { cause });
  }
  throw new CliError('usage_invalid', 'ECS says that this task has no IPv4 address: write --advertised host:port.');
}

interface TaskMetadata {
  readonly AvailabilityZone?: string;
  readonly Containers?: readonly { readonly Networks?: readonly { readonly IPv4Addresses?: readonly string[] }[] }[];
}
