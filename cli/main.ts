import { EXIT } from './exit-codes.ts';
import { Output } from './output.ts';
import { run } from './program.ts';

/** Runs the command that the process was started with, and ends the process with its exit status. */
export async function main(): Promise<void> {
  const { stdin, stdout, stderr, env, argv } = process;
  const output = new Output({ stdout, stderr, env });
  const stopped = stopSignal();
  const code = await run(argv.slice(2), { stdin, output, env, stopped });
  // Standard input that is still open would keep the process; all output has been handed on by now.
  process.exit(code);
}

/**
 * npm passes on the Ctrl-C that the terminal has sent to everyone already: two signals that come together are one.
 * Source: @npmcli/run-script's signal manager.
 */
const SAME_SIGNAL_MS = 500;

/** Fires at the first SIGINT or SIGTERM; at a second one the process ends at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) firstMs = performance.now();
      else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(EXIT.interrupted);
      stopping.abort();
    });
  }
  return stopping.signal;
}
