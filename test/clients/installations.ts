import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CACHE, installed, tool } from '../support/install.ts';

/** Later versions do not resolve from Maven Central. */
export const KAFKA_VERSION = '4.3.1';
const PYTHON_PACKAGES = [
  'confluent-kafka==2.16.1',
  'kafka-python==3.0.12',
  // What kafka-python compresses with.
  'python-snappy==0.7.3',
  'lz4==4.4.5',
  'zstandard==0.25.0',
];
const KCAT_PACKAGES = ['kcat', 'librdkafka1', 'libyajl2', 'libsasl2-2', 'liblz4-1', 'libzstd1'];
const INSTALL_MS = 8 * 60_000;

/** The server with its tools, Kafka Connect with the file connectors, MirrorMaker 2 and Kafka Streams. */
const ARTIFACTS = [
  ...['kafka_2.13', 'kafka-server', 'kafka-tools', 'kafka-streams'],
  ...['connect-runtime', 'connect-json', 'connect-file', 'connect-mirror'],
];
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>${ARTIFACTS.map(
    (artifact) => `
    <dependency><groupId>org.apache.kafka</groupId><artifactId>${artifact}</artifactId><version>${KAFKA_VERSION}</version></dependency>`,
  ).join('')}
  </dependencies>
</project>
`;

/** Where things are once they are installed. */
export const JARS = join(CACHE, 'kafka', 'jars');
export const JAVA_CLASSES = join(CACHE, 'kafka', 'classes');
export const PYTHON = join(CACHE, 'kafka-python', 'bin', 'python');
export const GO_PROGRAMS = join(CACHE, 'kafka-go');

/** Kafka, and all that Java brings along: from Maven Central (about 100 MB, a minute or two). Our Java programs are compiled. */
export async function installKafka(): Promise<void> {
  const jdk = 'a Java 17 JDK or newer (Debian: apt install openjdk-17-jdk-headless)';
  tool('javac', ['-version'], jdk);
  tool('java', ['-version'], jdk);
  const maven = tool('mvn', ['-v'], 'Maven 3.6 or newer (Debian: apt install maven)');
  const folder = join(CACHE, 'kafka');
  mkdirSync(folder, { recursive: true });
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, POM);
  await installed(JARS, `Kafka ${KAFKA_VERSION}`, INSTALL_MS, [
    [maven, '-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`],
  ]);
}

/** confluent-kafka, with librdkafka inside its wheel, and kafka-python: from PyPI, in an environment of their own. */
export async function installPython(): Promise<void> {
  const python = tool(
    'python3',
    ['-m', 'venv', '-h'],
    'Python 3.9 or newer with venv (Debian: apt install python3-venv)',
  );
  const folder = join(CACHE, 'kafka-python');
  await installed(folder, PYTHON_PACKAGES.join(' '), INSTALL_MS, [
    [python, '-m', 'venv', folder],
    [PYTHON, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...PYTHON_PACKAGES],
  ]);
}

/**
 * kcat: the machine's own, or Debian's, unpacked into the cache. The libraries are those that a small machine lacks.
 * librdkafka is 2.0.2 there, which is older than the one of confluent-kafka.
 */
export async function installKcat(): Promise<void> {
  if (spawnSync('kcat', ['-V'], { stdio: 'ignore' }).status === 0) return;
  const apt = tool('apt-get', ['--version'], 'kcat (brew install kcat; on Debian it is fetched by apt-get)');
  const [folder, fetched] = [join(CACHE, 'kcat'), join(CACHE, 'kcat', 'packages')];
  const download = `${apt} -q download ${KCAT_PACKAGES.join(' ')}`;
  const script = `mkdir -p '${fetched}' && cd '${fetched}' && { ${download} || { ${apt} -q update && ${download}; }; } && for package in *.deb; do dpkg -x "$package" '${folder}'; done`;
  await installed(folder, KCAT_PACKAGES.join(' '), INSTALL_MS, [['sh', '-c', script]]);
}

/** How kcat is run: which program, and where its libraries are. */
export function kcatEnv(): Readonly<Record<string, string>> {
  const own = join(CACHE, 'kcat', 'usr', 'bin', 'kcat');
  if (!existsSync(own)) return { KCAT: 'kcat' };
  const folders = readdirSync(join(CACHE, 'kcat', 'usr', 'lib')).map((name) => join(CACHE, 'kcat', 'usr', 'lib', name));
  return { KCAT: own, KCAT_LIBRARIES: folders.join(':') };
}

/** How a class of ours, or of Kafka's, is run: with little memory, and compiled quickly since it runs for seconds. */
export function javaArgs(mainClass: string, ...args: readonly string[]): readonly string[] {
  const jvm = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  return [...jvm, '-cp', [JAVA_CLASSES, join(JARS, '*')].join(delimiter), mainClass, ...args];
}
