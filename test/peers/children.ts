import { spawn } from 'node:child_process';
import { endGroup } from '../support/process.ts';

const ERROR_CHARS = 2_000;

/**
 * Runs a command to its end and returns what it printed. It has a process group of its own, which ends with its time or
 * with us, whatever ends us.
 *
 * @throws Error with what it said, where it fails or takes longer than `limitMs`
 */
export function runToEnd(command: string, args: readonly string[], limitMs: number): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = () => endGroup(child, 'SIGKILL');
  process.once('exit', end);
  let printed = '';
  let complained = '';
  let late = false;
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complained = (complained + chunk).slice(-ERROR_CHARS);
  });
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limitMs);
  return new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve(printed);
      const why = late ? `took longer than ${limitMs / 1_000} s` : `ended with ${code}`;
      reject(
        new Error(`${command} ${args.slice(-12).join(' ')} ${why}:\n${printed.slice(-ERROR_CHARS)}\n${complained}`),
      );
    });
  }).finally(() => {
    clearTimeout(timer);
    process.off('exit', end);
  });
}
