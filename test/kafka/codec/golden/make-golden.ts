// Makes java.txt anew: frames that the Java client read and wrote again, and what it understood. Needs Java 17; run
// `npm run generate:kafka` before, which fetches the jar, then: node test/kafka/codec/golden/make-golden.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APIS } from '../../../../lib/kafka/index.ts';
import { JAR } from '../../../../tools/kafka-codec/generate.ts';
import { EVERY_VERSION, madeUpRequest, madeUpResponse, requestFrame, responseFrame } from '../messages.ts';

/** Made-up messages of one kind and version are tried until one is long enough to say something and not too long for a fixture. */
const SEEDS = 40;
const SAYS_ENOUGH_BYTES = 60;
const LONG_BYTES = 300;

const work = mkdtempSync(join(tmpdir(), 'millrace-golden-'));
try {
  const lines = EVERY_VERSION.flatMap(({ name, version }) => [
    `request ${APIS[name].key} ${version} ${pick((seed) => requestFrame(name, version, madeUpRequest(name, version, seed)))}\n`,
    `response ${APIS[name].key} ${version} ${pick((seed) => responseFrame(name, version, madeUpResponse(name, version, seed) as never))}\n`,
  ]);
  const ours = join(work, 'ours.txt');
  writeFileSync(ours, lines.join(''));
  const java = execFileSync('java', ['-cp', JAR, join(import.meta.dirname, 'Golden.java'), ours], {
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  });
  writeFileSync(join(import.meta.dirname, 'java.txt'), java);
} finally {
  rmSync(work, { recursive: true });
}

function pick(make: (seed: number) => Uint8Array): string {
  let best = make(0);
  for (let seed = 1; seed < SEEDS && (best.length < SAYS_ENOUGH_BYTES || best.length > LONG_BYTES); seed++) {
    const next = make(seed);
    if (best.length > LONG_BYTES || (next.length > best.length && next.length < LONG_BYTES)) best = next;
  }
  return Buffer.from(best).toString('hex');
}
