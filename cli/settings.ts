import { InvalidArgumentError, Option } from 'commander';
import { tableText } from './table.ts';

/*
 * Millrace's settings, all of them. Each is a flag of the commands and a variable of the environment; the flag counts
 * where both are there. `settingsText` lists them.
 */
export const DATA_DEFAULT = '.millrace';
export const HTTP_DEFAULT = '127.0.0.1:8082';
export const KAFKA_DEFAULT = '127.0.0.1:9092';

/** Where HTTP is: to listen on, or to ask. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  /** What requests begin with, without a slash at its end. */
  readonly url: string;
  /** Whether only this machine reaches it. */
  readonly loopback: boolean;
  /** Whether it can be listened on: not where it is https, or has a path. */
  readonly plain: boolean;
}

/**
 * Reads an address: `host:port`, or the URL of a server, which may be https and have a path.
 *
 * @throws InvalidArgumentError that says what is wrong and what would be right
 * @example
 * parseHttpAddress('127.0.0.1:9000').url; // 'http://127.0.0.1:9000'
 */
export function parseHttpAddress(text: string): HttpAddress {
  if (/^:\d+$/.test(text)) {
    throw new InvalidArgumentError(
      `It names no host. Write 127.0.0.1${text}, or 0.0.0.0${text} to be open to the network.`,
    );
  }
  if (/^\d+$/.test(text)) throw new InvalidArgumentError(`It names no host. Write 127.0.0.1:${text}.`);
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  if (url === null || `${url.search}${url.hash}${url.username}` !== '') throw notAnAddress();
  const explicit = portOf(text);
  if (explicit === undefined && !/^https?:/.test(text)) throw notAnAddress();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = explicit ?? (url.protocol === 'https:' ? 443 : 80);
  if (host === '' || port > 65_535) throw notAnAddress();
  const path = url.pathname.replace(/\/+$/, '');
  return {
    host,
    port,
    // The URL's own text leaves out a port that is the protocol's default.
    url: `${url.protocol}//${url.hostname}:${port}${path}`,
    loopback: isLoopback(host),
    plain: url.protocol === 'http:' && path === '',
  };
}

function portOf(text: string): number | undefined {
  const port = /^(?:https?:\/\/)?(?:\[[^\]]*\]|[^:/]*):(\d{1,6})(?:\/|$)/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

function notAnAddress(): InvalidArgumentError {
  return new InvalidArgumentError('Write host:port, such as 127.0.0.1:8082.');
}

/** RFC 1122, 3.2.1.3: all of 127/8; RFC 4291, 2.5.3: ::1. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

export function httpOption(what = 'address of the server'): Option {
  return new Option('--http <address>', what)
    .env('MILLRACE_HTTP')
    .default(parseHttpAddress(HTTP_DEFAULT), HTTP_DEFAULT)
    .argParser(parseHttpAddress);
}

/** Where Kafka clients are served. */
export interface KafkaAddress {
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
}

/**
 * Reads `host:port`, or `off` for nowhere.
 *
 * @throws InvalidArgumentError
 */
export function parseKafkaAddress(text: string): KafkaAddress | 'off' {
  if (text === 'off') return 'off';
  if (/^\w+:\/\//.test(text)) throw new InvalidArgumentError(`Write host:port, such as ${KAFKA_DEFAULT}, or off.`);
  const { host, port, loopback } = parseHttpAddress(text);
  return { host, port, loopback };
}

export function kafkaOption(): Option {
  return new Option('--kafka <address>', 'where `start` serves Kafka clients, or off')
    .env('MILLRACE_KAFKA')
    .default(parseKafkaAddress(KAFKA_DEFAULT), KAFKA_DEFAULT)
    .argParser(parseKafkaAddress);
}

export function signOption(): Option {
  return new Option(
    '--sign <how>',
    'sign requests with AWS credentials: auto does where the address is one of API Gateway or a Function URL',
  )
    .env('MILLRACE_SIGN')
    .choices(['auto', 'aws', 'none'])
    .default('auto');
}

export function tokenOption(): Option {
  return new Option(
    '--token <jwt>',
    'a bearer token, for an API with Auth.jwt; better in the variable than in a shell’s history',
  )
    .env('MILLRACE_TOKEN')
    .argParser(filled);
}

export function dataOption(): Option {
  return new Option('--data <folder>', 'the data folder of `start`, `verify` and `rebuild`')
    .env('MILLRACE_DATA')
    .default(DATA_DEFAULT)
    .argParser(filled);
}

/** Where routes may write files: `files` in the data folder, unless given. */
export function filesOption(): Option {
  return new Option(
    '--files <folder>',
    'the folder below which routes write files; `files` in the data folder unless given',
  )
    .env('MILLRACE_FILES')
    .argParser(filled);
}

/** Longer than this, producers' own time-outs come near. */
const LINGER_MS_MAX = 10_000;
/** Below, every batch is an object of its own; above, writing one takes a slow store longer than clients wait. */
const FLUSH_BYTES = { min: 64 << 10, default: 8 << 20, max: 64 << 20 } as const;

/** How what producers send is gathered into objects, all connections' together. */
export interface FlushOptions {
  readonly lingerMs: number;
  readonly flushBytes: number;
}

export function lingerOption(): Option {
  return new Option('--linger-ms <ms>', 'how long batches wait for others while any are being written; 0 to 10000')
    .env('MILLRACE_LINGER_MS')
    .default(0)
    .argParser(wholeNumber(0, LINGER_MS_MAX));
}

export function flushBytesOption(): Option {
  return new Option('--flush-bytes <bytes>', 'the most that is written at once; 65536 to 67108864')
    .env('MILLRACE_FLUSH_BYTES')
    .default(FLUSH_BYTES.default)
    .argParser(wholeNumber(FLUSH_BYTES.min, FLUSH_BYTES.max));
}

export function logOption(): Option {
  return new Option('--log <format>', 'log lines on standard error as text or JSON')
    .env('MILLRACE_LOG')
    .choices(['text', 'json'])
    .default('text');
}

export function outputOption(): Option {
  return new Option('--output <format>', 'what is printed: tables for people, or JSON')
    .choices(['text', 'json'])
    .default('text');
}

/** Settings that have a variable alone. */
const VARIABLES = [
  ['MILLRACE_KAFKA_ADMIN_PASSWORD', 'the password of the user admin, for `gateway --auth sasl`'],
  ['MILLRACE_DEBUG', 'where it is set, errors are shown with where they came from'],
  ['NO_COLOR', 'where it is set, nothing is coloured (no-color.org)'],
] as const;

/** All settings, as the help of the whole command lists them. */
export function settingsText(): string {
  const http = httpOption('where `start` listens, and where the other commands find it');
  const own = [dataOption(), filesOption(), http, kafkaOption(), lingerOption(), flushBytesOption(), logOption()];
  const flags = [...own, outputOption()].map((option) => [
    option.flags,
    option.envVar,
    option.defaultValueDescription ?? option.defaultValue?.toString(),
    option.description,
  ]);
  const variables = VARIABLES.map(([name, about]) => [undefined, name, undefined, about]);
  return tableText(['SETTING', 'VARIABLE', 'DEFAULT', 'WHAT IT IS'], [...flags, ...variables]);
}

function filled(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

/** A parser of whole numbers within bounds, for flags and arguments. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };
}

/** `name=value`, collected over repetitions of a flag. */
export function pairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
