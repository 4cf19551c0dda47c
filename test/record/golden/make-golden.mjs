// Makes the fixtures of this folder anew: batches made by the Java client 4.3.1, what it reads from them and from
// ours, and where it puts keys. Needs Java 17 and Maven; run it with the project's own Node:
//   node test/record/golden/make-golden.mjs
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ourCases } from './cases.ts';

const CLIENT = '4.3.1';
const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), 'millrace-golden-'));
try {
  writeFileSync(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>golden</artifactId><version>1</version><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>${CLIENT}</version>
</dependency></dependencies></project>`,
  );
  execFileSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: work });
  copyFileSync(join(here, 'Golden.java'), join(work, 'Golden.java'));
  const ours = ourCases().map(({ name, bytes }) => `case ${name}\nbytes ${Buffer.from(bytes).toString('hex')}\n`);
  writeFileSync(join(work, 'ours.txt'), ours.join(''));
  writeFileSync(join(here, 'java-made.txt'), java('make'));
  writeFileSync(join(here, 'java-read-ours.txt'), java('read', 'ours.txt'));
  writeFileSync(join(here, 'java-keys.txt'), java('keys'));
} finally {
  rmSync(work, { recursive: true });
}

function java(...args) {
  return execFileSync('java', ['-cp', join('jars', '*'), 'Golden.java', ...args], {
    cwd: work,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
