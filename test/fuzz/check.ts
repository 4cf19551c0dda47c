import { getHeapStatistics } from 'node:v8';
import type { Target } from './target.ts';

/** What one input of at most 64 KiB may take: far beyond what any should, far below what anybody would notice too late. */
const CPU_MS_MAX = 2_000;
const MEMORY_BYTES_MAX = 96 << 20;

/** What is wrong with what a target made of an input, or undefined. The same input gives the same answer. */
export async function flawOf(target: Target, input: Uint8Array, cpuMsMax = CPU_MS_MAX): Promise<string | undefined> {
  const memoryBefore = memoryBytes();
  const before = process.cpuUsage();
  const flaw = await outcome(target, input);
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1_000;
  const grownBytes = memoryBytes() - memoryBefore;
  if (flaw) return flaw;
  if (cpuMs > cpuMsMax) return `takes ${Math.round(cpuMs)} ms of CPU`;
  if (grownBytes > MEMORY_BYTES_MAX) return `takes ${grownBytes >> 20} MiB of memory`;
  return undefined;
}

/** What is wrong with what a target says of an input that is known to be right, or known to be refused; or undefined. */
export async function verdictFlaw(
  target: Target,
  input: Uint8Array,
  must: 'be taken' | 'be refused',
): Promise<string | undefined> {
  const refusal = await refusalOf(target, input);
  if (must === 'be taken') return refusal === undefined ? undefined : `must be taken, but: ${refusal}`;
  return refusal === undefined ? 'must be refused, but is taken' : undefined;
}

async function refusalOf(target: Target, input: Uint8Array): Promise<string | undefined> {
  try {
    await target.take(new Uint8Array(input));
  } catch (error) {
    return shown(error);
  }
  return target.refusal?.(new Uint8Array(input));
}

async function outcome(target: Target, input: Uint8Array): Promise<string | undefined> {
  let encoded: Uint8Array | undefined;
  try {
    encoded = await target.take(new Uint8Array(input));
  } catch (error) {
    return target.isClean(error) ? undefined : `throws ${shown(error)}`;
  }
  if (!encoded) return undefined;
  try {
    const again = await target.take(new Uint8Array(encoded));
    if (again && Buffer.compare(again, encoded) === 0) return undefined;
    return 'is taken, but what it is encoded to is encoded to something else';
  } catch (error) {
    return `is taken, but what it is encoded to is not: ${shown(error)}`;
  }
}

function memoryBytes(): number {
  const { used_heap_size, external_memory, malloced_memory } = getHeapStatistics();
  return used_heap_size + external_memory + malloced_memory;
}

function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = error.stack?.split('\n').find((line) => line.includes('/lib/'));
  return `${error.name}: ${error.message.slice(0, 300)}${where ? ` (${where.trim()})` : ''}`;
}
