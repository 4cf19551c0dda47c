import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

const MODULE = fileURLToPath(new URL('./free-port.ts', import.meta.url));

test('ports that are asked for one after the other are all different, in several processes at once', async () => {
  // All begin at the same one, and each keeps what it was given until all have said theirs.
  const asks = `
    Math.random = () => 0.5;
    const { freePort } = await import(${JSON.stringify(MODULE)});
    const ports = [];
    for (let i = 0; i < 50; i++) ports.push(await freePort());
    console.log(ports.join());
    process.stdin.resume();`;
  const asking = Array.from({ length: 3 }, () => spawn(process.execPath, ['--input-type=module', '-e', asks]));
  const said = await Promise.all(asking.map(({ stdout }) => once(createInterface(stdout), 'line')));
  for (const { stdin } of asking) stdin.end();
  const ports = said.flatMap(([line]) => String(line).split(','));
  expect(ports).toHaveLength(150);
  expect(new Set(ports).size).toBe(150);
});

test('a port that somebody listens on is not given', async () => {
  const last = await freePort();
  const server = createServer();
  await new Promise((resolve) => {
    server.once('listening', resolve).once('error', resolve); // then another listens there, which does as well
    server.listen(last + 1, '127.0.0.1');
  });
  expect(await freePort()).not.toBe(last + 1);
  server.close();
});

test('a port is none that an outgoing connection may be given', async () => {
  expect(await freePort()).toBeLessThan(32_768);
});
