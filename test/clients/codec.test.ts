import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated, PRODUCT } from '../../tools/kafka-codec/generate.ts';
import { JARS, KAFKA_VERSION } from './installations.ts';

/** The definitions are not in the repository: they come with Kafka's jars, which these tests install. */
describe('the generator of the codec', () => {
  it("makes the same code of Kafka's definitions as is committed", () => {
    const made = [...generated(join(JARS, `kafka-clients-${KAFKA_VERSION}.jar`))];
    const differing = made.filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
    expect(differing.map(([path]) => relative(PRODUCT, path))).toEqual([]);
  }, 30_000);
});
