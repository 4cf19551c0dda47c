import { tmpdir } from 'node:os';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import { serve } from '../../cli/serve.ts';
import { flushBytesOption, lingerOption, pairs, parseHttpAddress, wholeNumber } from '../../cli/settings.ts';

test.each([
  ['127.0.0.1:8082', { url: 'http://127.0.0.1:8082', host: '127.0.0.1', port: 8082, loopback: true, plain: true }],
  ['localhost:0', { url: 'http://localhost:0', port: 0, loopback: true }],
  ['[::1]:9000', { url: 'http://[::1]:9000', host: '::1', loopback: true }],
  ['0.0.0.0:8082', { host: '0.0.0.0', loopback: false }],
  ['127.0.0.1.example.com:80', { host: '127.0.0.1.example.com', loopback: false }],
  ['http://127.0.0.1', { url: 'http://127.0.0.1:80', port: 80 }],
  ['https://events.example.com/log/', { url: 'https://events.example.com:443/log', port: 443, plain: false }],
])('%s is an address', (text, expected) => {
  expect(parseHttpAddress(text)).toMatchObject(expected);
});

test.each([
  '',
  '8082',
  ':8082',
  '127.0.0.1',
  'host:',
  'host:70000',
  'ftp://host:1',
  'http://user@host:1',
  'host:1?a=b',
])('%j is no address, and the message shows one', (text) => {
  expect(() => parseHttpAddress(text)).toThrow(/\d+\.0\.0\.\d+:\d+/);
});

test('a whole number is one within its bounds', () => {
  const parse = wholeNumber(-5, 10);
  expect([parse('-5'), parse('10')]).toEqual([-5, 10]);
  for (const text of ['', '11', '-6', '1.5', '1e1', ' 1', '0x1'])
    expect(() => parse(text), text).toThrow('from -5 to 10');
});

test('linger and flush size are what the log goes by', async () => {
  const command = new Command().addOption(lingerOption()).addOption(flushBytesOption()).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  const { lingerMs, flushBytes } = command
    .parse(['--linger-ms', '5', '--flush-bytes', '65536'], { from: 'user' })
    .opts();
  const served = await serve({
    http: parseHttpAddress('127.0.0.1:0'),
    kafka: 'off',
    data: undefined,
    files: tmpdir(),
    flush: { lingerMs, flushBytes },
    log: () => {},
  });
  expect(served.platform.log.parts.settings).toMatchObject({ lingerMs: 5, flushBytesMax: 65_536 });
  await served.close();
  for (const bad of [
    ['--linger-ms', '-1'],
    ['--linger-ms', '1.5'],
    ['--flush-bytes', '0'],
    ['--flush-bytes', '1e9'],
  ]) {
    expect(() => command.parse(bad, { from: 'user' }), bad.join(' ')).toThrow('whole number');
  }
});

test('name=value pairs add up, and values may hold an equals sign', () => {
  expect(pairs('b=x=y', pairs('a='))).toEqual({ a: '', b: 'x=y' });
  expect(() => pairs('=x')).toThrow('name=value');
});

test('exit codes go by the code of an error, or by the HTTP status of an answer', () => {
  expect(['store_locked', 'server_unreachable', 'damage_found', 'constructor'].map((code) => exitCodeOf(code))).toEqual(
    [6, 5, 2, 1],
  );
  expect([404, 409, 422, 429, 503, 507, 500].map((status) => exitCodeOf('server_refused', status))).toEqual([
    3, 6, 4, 7, 7, 7, 1,
  ]);
});
