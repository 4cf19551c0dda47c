import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated, JAR, MANIFEST, PEER, PRODUCT, sha256 } from '../../../tools/kafka-codec/generate.ts';

interface Manifest {
  kafkaClients: string;
  sha256: Record<string, string>;
}

describe.each([PRODUCT, PEER].map((folder) => ({ folder })))('generated code in $folder', ({ folder }) => {
  it('is as the generator made it', () => {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    const there = readdirSync(folder).filter((name) => name !== MANIFEST);
    const hashes = there.map((name) => [name, sha256(readFileSync(join(folder, name)))]);
    expect(Object.fromEntries(hashes)).toEqual(manifest.sha256);
    expect(basename(JAR)).toBe(`kafka-clients-${manifest.kafkaClients}.jar`);
  });
});

/** The definitions are not in the repository; `npm run generate:kafka` fetches them. */
describe.runIf(existsSync(JAR))('the generator', () => {
  it("makes the same code of Kafka's definitions as is committed", () => {
    const made = [...generated()];
    const differing = made.filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
    expect(differing.map(([path]) => relative(PRODUCT, path))).toEqual([]);
  }, 30_000);
});
