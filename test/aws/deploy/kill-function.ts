import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills the processes in which an emulator runs a function, as AWS may take an environment away: without a word. They are
 * those whose environment names the function and the emulator's address. Linux alone, where environments can be read.
 *
 * @returns how many there were
 */
export function killFunction(functionName: string, endpoint: string): number {
  const port = `:${new URL(endpoint).port}`;
  let killed = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const env = environmentOf(pid);
    const named = env.includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`);
    if (!named || !env.some((entry) => entry.startsWith('AWS_ENDPOINT_URL=') && entry.includes(port))) continue;
    process.kill(Number(pid), 'SIGKILL');
    killed++;
  }
  return killed;
}

/** Empty for a process that has ended meanwhile, or is not ours. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
