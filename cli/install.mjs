// Runs before `npm start` and `npm test`: installs the locked dependencies when they are missing or older than the lock
// file, so that two commands are all a fresh clone needs. Plain JavaScript for whichever Node the machine has: the Node
// that Millrace runs on comes from npm with the dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const stamp = 'node_modules/.millrace-lock.json';
const wanted = readFileSync('package-lock.json', 'utf8');
const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;

if (!installed) {
  console.error('Installing dependencies (once; about a minute) ...');
  // No install scripts: every native part ships prebuilt. The time limit turns a registry that hangs into an error.
  const run = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    timeout: 15 * 60_000,
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) {
    console.error('Installing failed. Check that the npm registry can be reached, then run the command again.');
    process.exit(run.status ?? 1);
  }
  writeFileSync(stamp, wanted);
}

const node = 'node_modules/.bin/node';
const own = Number(process.versions.node.split('.')[0]);
if (!existsSync(node) && !existsSync(`${node}.cmd`) && own < 24) {
  console.error(
    `Millrace needs Node 24 or newer; this is ${process.version}, and npm has none for ${process.platform}-${process.arch}.`,
  );
  console.error('Install Node 24 (nodejs.org, or your version manager), then run the command again.');
  process.exit(1);
}
