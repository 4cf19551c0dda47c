import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KAFKA_CLIENTS } from './apis.ts';
import { type Definitions, peerFiles, productFiles } from './files.ts';
import { unzip } from './zip.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.cache/kafka-clients');
const MAVEN_MS = 5 * 60_000;
const FORMAT_MS = 60_000;

/** Where the definitions come from; git ignores it. */
export const JAR = join(FOLDER, `kafka-clients-${KAFKA_CLIENTS}.jar`);
export const PRODUCT = join(ROOT, 'lib/kafka/codec/generated');
export const PEER = join(ROOT, 'bench/kafka/peer/generated');
/** SHA-256 of each file, so that an edit by hand is noticed where there is no jar. */
export const MANIFEST = 'manifest.json';

/** Every generated file by its path, formatted, with a manifest in each folder. */
export function generated(jar = JAR): Map<string, string> {
  const definitions = definitionsOf(jar);
  const files = new Map<string, string>();
  for (const [folder, made] of [
    [PRODUCT, productFiles(definitions)],
    [PEER, peerFiles(definitions)],
  ] as const) {
    const hashes: Record<string, string> = {};
    for (const [name, code] of formatted(made)) {
      files.set(join(folder, name), code);
      hashes[name] = sha256(code);
    }
    const manifest = { kafkaClients: KAFKA_CLIENTS, sha256: hashes };
    files.set(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  return files;
}

export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function definitionsOf(jar: string): Definitions {
  const folder = 'common/message/';
  const files = unzip(readFileSync(jar), (path) => path.startsWith(folder));
  return (name) => {
    const file = files.get(`${folder}${name}.json`);
    if (!file) throw new Error(`${jar} has no definition of ${name}.`);
    return file.toString('utf8');
  };
}

/** In a folder of their own, as the formatter takes files far faster than their texts one after the other. */
function formatted(files: ReadonlyMap<string, string>): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-codec-'));
  try {
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const biome = join(ROOT, 'node_modules/.bin/biome');
    const settings = [`--config-path=${ROOT}`, '--vcs-enabled=false', '--error-on-warnings'];
    execFileSync(biome, ['check', '--write', ...settings, folder], { timeout: FORMAT_MS });
    return new Map([...files.keys()].map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The jar from Maven Central, unless it is there. */
function fetchJar(): void {
  if (existsSync(JAR)) return;
  mkdirSync(FOLDER, { recursive: true });
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
  const artifact = `-Dartifact=org.apache.kafka:kafka-clients:${KAFKA_CLIENTS}`;
  execFileSync('mvn', ['-q', '-B', copy, artifact, `-DoutputDirectory=${FOLDER}`], { timeout: MAVEN_MS });
}

if (import.meta.main) {
  fetchJar();
  const files = generated();
  for (const folder of [PRODUCT, PEER]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  for (const [path, text] of files) writeFileSync(path, text);
  console.log(`${files.size} files from kafka-clients ${KAFKA_CLIENTS}.`);
}
