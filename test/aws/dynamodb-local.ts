import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { CACHE, installed, tool } from '../support/install.ts';
import { type RunningServer, started } from '../support/process.ts';

/** AWS's own engine. Later versions do not resolve from Maven Central. */
const VERSION = '3.1.0';
const INSTALL_MS = 5 * 60_000;
const START_MS = 60_000;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>software.amazon.dynamodb</groupId><artifactId>DynamoDBLocal</artifactId><version>${VERSION}</version>
  </dependency></dependencies>
</project>
`;

/**
 * Installs DynamoDB Local into the cache (the first time) and starts it, in memory, on a free port of 127.0.0.1. Unless
 * `shared`, each access key and region has tables of its own.
 */
export async function startDynamoDbLocal(shared = true): Promise<RunningServer> {
  const folder = join(CACHE, 'dynamodb-local');
  const jars = join(folder, 'jars');
  // The compiler is asked for, too: Java runs our launcher from its source.
  const jdk = 'a Java 17 JDK or newer (Debian: apt install openjdk-17-jdk-headless)';
  tool('javac', ['-version'], jdk);
  const java = tool('java', ['-version'], jdk);
  const maven = tool('mvn', ['-v'], 'Maven 3.6 or newer (Debian: apt install maven)');
  mkdirSync(folder, { recursive: true });
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, POM);
  await installed(jars, VERSION, INSTALL_MS, [
    [maven, '-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`],
  ]);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return started({
    name: 'DynamoDB Local',
    command: java,
    args: [
      '-Xmx512m',
      '-cp',
      join(jars, '*'),
      join(import.meta.dirname, 'DynamoDbLocal.java'),
      ...(shared ? ['-sharedDb'] : []),
      ...['-inMemory', '-disableTelemetry', '-port', String(port)],
    ],
    env: () => ({}),
    url,
    health: url,
    startMs: START_MS,
  });
}
