#!/usr/bin/env node
// The command. Node keeps compiled code from one run for the next, which halves the time to the first line; that must be
// switched on before anything else is loaded. All of the module is imported, since an older Node refuses to load a file
// that names what it lacks, and could not be told what to do.
import * as nodeModule from 'node:module';

/** As package.json's `engines` says; npm only warns. */
const NODE_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MIN) {
  process.stderr.write(`error: Millrace needs Node ${NODE_MIN} or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  nodeModule.enableCompileCache();
  const { main } = await import('./main.ts');
  await main();
}
