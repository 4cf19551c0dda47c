// Runs one handler as Lambda's managed Node runtime does: asks the Runtime API for work, calls the handler, tells what
// came of it. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Like nodejs24.x it calls no callbacks.
import { existsSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
// Where the request for work and its answers go one after another; a crash is told on a connection of its own.
const line = new http.Agent({ keepAlive: true, maxSockets: 1 });
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HTTP_STREAM_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_END = Buffer.alloc(8);
const CRASHED = 129;

/** The id of the request that the handler works on. */
let current;

/** A request to the Runtime API, not yet ended. */
function open(method, where, headers = {}, agent = line) {
  return http.request({ host, port, method, path: `/2018-06-01/runtime/${where}`, headers, agent });
}

/** Ends a request and waits for its whole answer. */
function answerTo(request, body) {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.end(body);
  });
}

function problemOf(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** Tells the error of an invocation, or of the start, and writes it to the log. */
async function tellError(kind, error, agent) {
  const problem = problemOf(error);
  write('ERROR', [kind, JSON.stringify(problem)]);
  const where = current === undefined ? 'init/error' : `invocation/${current}/error`;
  const type = { 'content-type': 'application/json', 'lambda-runtime-function-error-type': problem.errorType };
  await answerTo(open('POST', where, type, agent), JSON.stringify(problem));
}

function write(level, words) {
  // One line is one event of the log; what breaks lines inside it is kept apart as Lambda's text format does.
  const text = words.join('\t').replaceAll('\n', '\r');
  process.stdout.write(`${new Date().toISOString()}\t${current ?? 'undefined'}\t${level}\t${text}\n`);
}

for (const [method, level] of Object.entries({
  log: 'INFO',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
})) {
  console[method] = (...words) => write(level, [format(...words)]);
}

async function crash(kind, error) {
  try {
    await tellError(kind, error, new http.Agent());
  } finally {
    process.exit(CRASHED);
  }
}
process.on('uncaughtException', (error) => crash('Uncaught Exception', error));
process.on('unhandledRejection', (reason) => {
  const error = new Error(format(reason), { cause: reason });
  error.name = 'Runtime.UnhandledPromiseRejection';
  crash('Unhandled Promise Rejection', error);
});

/** What a streaming handler writes to. Bytes leave as they come, the request begins with the first of them. */
class ResponseStream extends Writable {
  #request;
  #answer;
  #contentType = 'application/octet-stream';
  /** Bytes that go before the first. */
  prelude;

  setContentType(type) {
    this.#contentType = type;
  }

  #begin() {
    if (this.#request) return;
    this.#request = open('POST', `invocation/${current}/response`, {
      'content-type': this.#contentType,
      'lambda-runtime-function-response-mode': 'streaming',
      'transfer-encoding': 'chunked',
      trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    });
    this.#answer = new Promise((resolve, reject) => {
      this.#request.once('error', reject);
      this.#request.once('response', (response) => response.resume().once('end', resolve).once('error', reject));
    });
    this.#answer.catch(() => undefined);
  }

  _write(chunk, encoding, done) {
    this.#begin();
    // As on AWS, the prelude is sent with the first write, be it an empty one, and not at all without any.
    if (this.prelude) this.#request.write(this.prelude);
    this.prelude = undefined;
    if (chunk.length === 0) done();
    else this.#request.write(chunk, encoding, done);
  }

  _final(done) {
    this.#begin();
    this.#request.end();
    this.#answer.then(() => done(), done);
  }

  /** Breaks off. Returns false if nothing had left yet, so that the error can be the answer. */
  async breakOff(error) {
    if (!this.#request) return false;
    const problem = problemOf(error);
    const body = Buffer.from(JSON.stringify(problem)).toString('base64');
    this.#request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': problem.errorType,
      'Lambda-Runtime-Function-Error-Body': body,
    });
    this.#request.end();
    await this.#answer;
    return true;
  }
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = 'response';
    return handler;
  },
  HttpResponseStream: {
    from(stream, metadata) {
      stream.setContentType(HTTP_STREAM_TYPE);
      stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata)), PRELUDE_END]);
      return stream;
    },
  },
};

function initError(name, message) {
  return Object.assign(new Error(message), { name: `Runtime.${name}` });
}

/** `path/file.export` or `path/file.outer.inner`, below the task's root. */
async function loadHandler(named, root) {
  const parts = /^(.*?)([^/.]+)\.(.+)$/.exec(path.normalize(named));
  if (!parts) throw initError('MalformedHandlerName', `Bad handler: ${named}. It is said as file.export.`);
  const base = path.join(root, parts[1], parts[2]);
  const file = ['.js', '.mjs', '.cjs'].map((end) => base + end).find((name) => existsSync(name));
  if (!file) throw initError('ImportModuleError', `Error: Cannot find module '${parts[2]}'`);
  const module = await import(pathToFileURL(file));
  const pick = (from) => parts[3].split('.').reduce((value, key) => value?.[key], from);
  const handler = pick(module) ?? pick(module.default);
  if (typeof handler !== 'function') throw initError('HandlerNotFound', `${named} is undefined or not exported`);
  if (handler[STREAMING] === undefined && handler.length > 2) {
    throw initError('CallbackHandlerDeprecated', `${named} takes a callback: nodejs24.x calls async functions only.`);
  }
  return handler;
}

function contextOf(headers) {
  const { env } = process;
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: current,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

async function stream(handler, event, context) {
  const response = new ResponseStream();
  const ended = finished(response);
  ended.catch(() => undefined);
  try {
    await handler(event, response, context);
    await ended;
  } catch (error) {
    if (!(await response.breakOff(error))) await tellError('Invoke Error', error);
    else write('ERROR', ['Invoke Error', JSON.stringify(problemOf(error))]);
  }
}

async function buffer(handler, event, context) {
  let result;
  try {
    result = JSON.stringify(await handler(event, context)) ?? 'null';
  } catch (error) {
    await tellError('Invoke Error', error);
    return;
  }
  const where = `invocation/${current}/response`;
  await answerTo(open('POST', where, { 'content-type': 'application/json' }), result);
}

async function work(handler) {
  const run = handler[STREAMING] === undefined ? buffer : stream;
  for (;;) {
    const { headers, body } = await answerTo(open('GET', 'invocation/next'));
    current = headers['lambda-runtime-aws-request-id'];
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    await run(handler, JSON.parse(body), contextOf(headers));
    current = undefined;
  }
}

loadHandler(process.env._HANDLER, process.env.LAMBDA_TASK_ROOT).then(
  // The Runtime API is gone only when its host is: nobody is left to tell.
  (handler) => work(handler).catch(() => process.exit(1)),
  (error) => crash('Init Error', error),
);
