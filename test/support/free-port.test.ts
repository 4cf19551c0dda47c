import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

test('ports that are asked for one after the other are all different', async () => {
  const ports: number[] = [];
  for (let i = 0; i < 2_000; i++) ports.push(await freePort());
  expect(new Set(ports).size).toBe(ports.length);
});
