import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { CACHE, installed, tool } from '../support/install.ts';
import { type RunningServer, started } from '../support/process.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';

/**
 * LocalStack Community from PyPI. The last version that runs on Python 3.11 and 3.12 as well as on 3.13; one for all, so that a
 * test means the same everywhere. What its packages need has moved on since, and breaks its start: so nothing newer than it.
 */
const VERSION = '4.13.1';
const NOTHING_AFTER = '2026-02-20T00:00:00Z';
/** Installs Python packages as of a day, which pip cannot. */
const UV = 'uv==0.13.9';
const PYTHONS = ['python3.13', 'python3.12', 'python3.11', 'python3'];
/**
 * What is served; another service answers that it is not enabled. Not Kinesis and OpenSearch: at their first use they download a
 * server of their own, which listens on every interface and outlives LocalStack.
 */
const SERVICES = [
  ...['apigateway', 'cloudformation', 'cloudwatch', 'dynamodb', 'dynamodbstreams', 'events', 'firehose', 'iam', 'kms'],
  ...['lambda', 'logs', 's3', 'scheduler', 'secretsmanager', 'sns', 'sqs', 'ssm', 'stepfunctions', 'sts'],
].join();
const INSTALL_MS = 8 * 60_000;
const START_MS = 2 * 60_000;

const OURS = join(import.meta.dirname, 'localstack');

/**
 * Installs LocalStack into the cache (the first time) and starts it in host mode on a free port of 127.0.0.1: no Docker. Its
 * functions are Node processes that our own executor runs (`localstack/`), its tables are in a DynamoDB Local of its own.
 */
export async function startLocalStack(): Promise<RunningServer> {
  const python = await installLocalStack();
  const dynamodb = await startDynamoDbLocal(false);
  try {
    const localstack = await startOver(dynamodb, python);
    return {
      url: localstack.url,
      stop: async () => {
        await Promise.all([localstack.stop(), dynamodb.stop()]);
      },
    };
  } catch (error) {
    await dynamodb.stop();
    throw error;
  }
}

/** Returns the Python that has LocalStack. */
async function installLocalStack(): Promise<string> {
  const found = python();
  const tools = join(CACHE, 'localstack/uv');
  const venv = join(CACHE, 'localstack/venv');
  const uv = join(tools, 'bin/uv');
  const target = join(venv, 'bin/python');
  await installed(join(CACHE, 'localstack'), `localstack-core==${VERSION} by ${UV} for ${OURS}`, INSTALL_MS, [
    [found, '-m', 'venv', tools],
    [join(tools, 'bin/pip'), 'install', '--quiet', UV],
    [uv, 'venv', '--quiet', '--python', found, venv],
    // Ours stays where it is: what is changed here is what runs. Behind a proxy of a company only the system knows its certificate.
    [
      ...[uv, 'pip', 'install', '--quiet', '--compile-bytecode', '--system-certs', '--python', target],
      ...['--exclude-newer', NOTHING_AFTER],
      ...[`localstack-core[runtime]==${VERSION}`, '--editable', OURS],
    ],
  ]);
  return target;
}

function python(): string {
  const check = 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))';
  const found = PYTHONS.find((name) => {
    const { status, error } = spawnSync(name, ['-c', check], { stdio: 'ignore', timeout: 30_000 });
    return !error && status === 0;
  });
  const what = 'Python 3.11, 3.12 or 3.13 with its venv module (Debian: apt install python3-venv) for LocalStack';
  return found ?? tool('python3', ['-c', check], what);
}

async function startOver(dynamodb: RunningServer, python: string): Promise<RunningServer> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  return started({
    name: 'LocalStack',
    command: python,
    args: ['-m', 'millrace_localstack'],
    env: (folder) => ({
      // Where it listens, and what it says its addresses are.
      GATEWAY_LISTEN: host,
      LOCALSTACK_HOST: `localhost:${port}`,
      HOSTNAME_FROM_LAMBDA: '127.0.0.1',
      SQS_ENDPOINT_STRATEGY: 'path',
      // Host mode: all that it writes is in a folder that is removed with it.
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: join(folder, 'fs'),
      TMPDIR: folder,
      HOME: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      SERVICES,
      // No name server of its own, no downloads, no word to its makers.
      DNS_ADDRESS: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      PROVIDER_OVERRIDE_DYNAMODB: 'v2',
      PROVIDER_OVERRIDE_DYNAMODBSTREAMS: 'v2',
      DYNAMODB_LOCAL_PORT: new URL(dynamodb.url).port,
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      // Seconds: on AWS a failed asynchronous invocation is made again after one minute, then after two.
      LAMBDA_RETRY_BASE_DELAY: '1',
      // Seconds for which an idle event source is left alone, by default 10: the first message would wait for that.
      LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: '1',
      MILLRACE_LAMBDA_NODE: process.execPath,
    }),
    url: `http://${host}`,
    health: `http://${host}/_localstack/health`,
    startMs: START_MS,
    endsAtOnce: true,
  });
}
