import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A command that a document shows. */
export interface Example {
  readonly command: string;
  /** What the document shows of its output; `…` stands for anything. */
  readonly shown: string;
}

/** The commands of a document's ```console blocks: `$ command`, then what it prints. */
export function examplesIn(path: string): Example[] {
  const found: { command: string; shown: string }[] = [];
  for (const [, block] of readFileSync(path, 'utf8').matchAll(/^```console\n([\s\S]*?)^```/gm)) {
    for (const line of block!.split('\n')) {
      if (line.startsWith('$ ')) found.push({ command: line.slice(2), shown: '' });
      else if (line !== '') found.at(-1)!.shown += `${line}\n`;
    }
  }
  return found;
}

/** Whether a command printed what its document shows. What npm has to say of itself is no output of the command's. */
export function matches(output: string, shown: string): boolean {
  const literal = shown
    .trim()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const said = output.replace(/^npm (?:warn|notice).*\n?/gm, '').trim();
  return new RegExp(`^${literal.join('[^]*')}$`).test(said);
}

export interface Shell {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly limitMs: number;
}

/**
 * Runs a command as a user's shell would, and returns what it printed, on both streams.
 *
 * @throws Error with what it printed, where it fails
 */
export function runInShell(command: string, { cwd, env, limitMs }: Shell): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn('bash', ['-c', command], { cwd, env, timeout: limitMs });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', failed);
    child.on('close', (code) => (code === 0 ? done(output) : failed(new Error(`${command}\n${output}`))));
  });
}
