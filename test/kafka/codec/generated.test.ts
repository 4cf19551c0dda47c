import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JAR, MANIFEST, PEER, PRODUCT, sha256 } from '../../../tools/kafka-codec/generate.ts';

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
