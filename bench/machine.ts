import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { resolve } from 'node:path';

const GIB = 2 ** 30;

/** The machine that the numbers were measured on, one fact a line. `folder` is where the data was. */
export function describeMachine(folder: string): string[] {
  const model = cpus()[0]?.model.trim() || 'of an unknown model';
  return [
    `CPU: ${model}, ${availableParallelism()} cores`,
    `Memory: ${(totalmem() / GIB).toFixed(1)} GiB`,
    `File system: ${fileSystemOf(folder)}`,
    `System: ${platform()} ${release()}, Node ${process.version}`,
    `Load average before the run: ${loadavg()[0]!.toFixed(1)}`,
  ];
}

/** Type and options of the mount that holds `folder`, where the system tells. Source: proc(5), /proc/self/mounts. */
function fileSystemOf(folder: string): string {
  if (platform() !== 'linux') return 'unknown';
  const path = resolve(folder);
  let found = { at: '', text: 'unknown' };
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, at = '', type = '', options = ''] = line.split(' ');
    const holds = at !== '' && (path === at || path.startsWith(at.endsWith('/') ? at : `${at}/`));
    if (holds && at.length >= found.at.length) found = { at, text: `${type} (${options})` };
  }
  return found.text;
}
