import { describe, expect, test } from 'vitest';
import { HIDDEN, maskSecrets, parseConfig, requireConfig, unmaskSecrets } from '../../lib/route/config.ts';
import { validateConfig } from '../../lib/route/validation.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const webhook = { 'connector.class': 'webhook', topics: 'a, b', 'webhook.url': 'http://127.0.0.1:1/' };

describe('a configuration', () => {
  test('is parsed, with defaults', () => {
    const config = requireConfig({ ...webhook, name: 'r', 'webhook.headers.X-Team': 'ops', 'webhook.secret': SECRET });
    expect(config).toMatchObject({
      topics: ['a', 'b'],
      offsetReset: 'earliest',
      policy: { tolerance: 'none', retryTimeoutMs: 300_000, retryDelayMaxMs: 60_000, deadLetters: undefined },
      sink: { options: { secrets: [SECRET], headers: { 'x-team': 'ops' }, batchRecordsMax: 1 } },
    });
  });

  test('is refused with all its problems at once', () => {
    const { problems } = parseConfig({
      'connector.class': 'webhook',
      topics: 'a b',
      'webhook.url': 'ftp://x',
      'webhook.secret': 'tooshort',
      'error.tolerance': 'all',
      'tasks.max': '0',
      filter: '{"value":1}',
      transform: 'a.(',
      'errors.deadletterqueue.topic.name': 'dead',
      'webhook.headers.Host': 'x',
    });
    expect(problems.map(({ name }) => name).sort()).toEqual([
      'error.tolerance',
      'errors.deadletterqueue.topic.name',
      'filter',
      'tasks.max',
      'topics',
      'transform',
      'webhook.headers.Host',
      'webhook.secret',
      'webhook.url',
    ]);
    expect(problems.find(({ name }) => name === 'error.tolerance')!.error).toContain(
      'Did you mean "errors.tolerance"?',
    );
    expect(problems.find(({ name }) => name === 'filter')!.error).toContain('$.value');
  });

  test.each([
    [{ 'connector.class': 'webhok', topics: 'a' }, 'Did you mean "webhook"?'],
    [{ 'connector.class': 'topic', topics: 'a', 'topic.name': 'a' }, 'round for ever'],
    [{ 'connector.class': 'file', topics: 'a', 'file.path': '/here' }, 'relative path'],
    [{ 'connector.class': 'file', topics: 'a', 'file.path': 'a/../../b' }, 'relative path'],
    [{ 'connector.class': 'file', topics: 'a', 'file.path': 'x', 'file.chunk.ofsets': '5' }, 'file.chunk.offsets'],
    [{ ...webhook, 'webhook.url': 'http://u:p@h/' }, 'shown to everyone'],
    [{ ...webhook, 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'a' }, 'come back for ever'],
    [{ 'connector.class': 'webhook', 'webhook.url': 'http://h/' }, '"topics" is missing'],
  ])('%j is refused', (texts, why) => {
    expect(() => requireConfig(texts as Record<string, string>)).toThrow(why);
  });

  test('keeps its secrets: hidden when shown, kept when sent back hidden, absent from errors', () => {
    const texts = { ...webhook, 'webhook.secret': SECRET, 'webhook.headers.authorization': 'Bearer xyzzy' };
    const shown = maskSecrets(texts);
    expect(JSON.stringify(shown)).not.toMatch(/xyzzy|whsec/);
    expect(shown['webhook.secret']).toBe(HIDDEN);
    expect(unmaskSecrets({ ...shown, topics: 'c' }, texts)).toEqual({ ...texts, topics: 'c' });
    const { problems } = parseConfig({ ...webhook, 'webhook.secret': 'hunter2', 'webhook.headers.x': 'hunter2\n' });
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('is validated in the shape of Kafka Connect', () => {
    const report = validateConfig({
      'connector.class': 'webhook',
      topics: 'a',
      'errors.tolerence': 'all',
      'webhook.secret': SECRET,
    });
    expect(report.error_count).toBe(2);
    expect(report.groups).toContain('Error Handling');
    const of = (name: string) => report.configs.find((one) => one.value.name === name)!;
    expect(of('webhook.url')).toMatchObject({
      definition: { required: true, type: 'STRING' },
      value: { value: null, errors: [expect.stringContaining('missing')] },
    });
    expect(of('errors.tolerence').value.errors[0]).toContain('errors.tolerance');
    expect(of('webhook.secret')).toMatchObject({
      definition: { type: 'PASSWORD' },
      value: { value: HIDDEN, errors: [] },
    });
    expect(of('errors.tolerance').value.value).toBe('none');
  });
});

test.each([
  ['topic', 'topic', '"topic.name"'],
  ['topic', 'tpoic.name', '"topic.name"'],
  ['webhook', 'topic', '"topics"'],
  ['webhook', 'secret', '"webhook.secret"'],
  ['webhook', 'headers', '"webhook.headers.<name>"'],
  ['file', 'path', '"file.path"'],
  ['file', 'tolerance', '"errors.tolerance"'],
])('a %s route that is given "%s" is told of %s, the sink\'s own settings before others', (sink, name, meant) => {
  const { problems } = parseConfig({ 'connector.class': sink, topics: 't', [name]: 'x' });
  expect(problems.find((one) => one.name === name)?.error).toContain(`Did you mean ${meant}?`);
});
