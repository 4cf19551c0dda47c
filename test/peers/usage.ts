import { readFileSync, writeFileSync } from 'node:fs';

/** What a process has used so far. Linux alone. */
export interface Usage {
  /** Of all cores together, its own and the system's on its behalf. */
  readonly cpuSeconds: number;
  /** The most memory that it has had resident since `forgetPeak`. */
  readonly residentBytesMax: number;
}

/** `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Sets VmHWM to what is resident now; see proc(5), clear_refs. */
const RESET_PEAK = '5';

/** Reads /proc; see proc(5). */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold spaces; what follows it is split by single ones.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytesMax: Number(kib) * 1024 };
}

/** From here on the peak is counted anew. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
}
