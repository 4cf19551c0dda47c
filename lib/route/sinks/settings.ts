import { oneOf, oneTopic, type Setting, type SettingReader, setting, whole } from '../setting.ts';
import type { FileOptions } from './file.ts';
import type { TopicOptions } from './topic.ts';
import type { WebhookOptions } from './webhook.ts';

/** A sink as it is configured. */
export type SinkOptions =
  | { readonly connector: 'webhook'; readonly webhook: WebhookOptions }
  | { readonly connector: 'file'; readonly file: FileOptions }
  | { readonly connector: 'topic'; readonly topic: TopicOptions };

export type ConnectorName = SinkOptions['connector'];

const MINUTE_MS = 60_000;

const url = setting('webhook.url', {
  type: 'STRING',
  required: true,
  group: 'Webhook',
  documentation: 'The http or https URL that events are posted to.',
  parse: (text) => {
    const parsed = URL.parse(text);
    if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') throw new Error('it takes an http or https URL');
    if (parsed.username !== '' || parsed.password !== '') {
      throw new Error('a URL with a password is shown to everyone; use webhook.headers.authorization');
    }
    return text;
  },
});
const secret = setting('webhook.secret', {
  type: 'PASSWORD',
  group: 'Webhook',
  documentation:
    'Signs requests as Standard Webhooks say: whsec_ and base64 of 24 to 64 bytes; two, separated by a space, while one replaces the other.',
  parse: (text) => {
    const secrets = text.split(' ').filter((one) => one !== '');
    for (const one of secrets) {
      const base64 = one.replace(/^whsec_/, '');
      const bytes = Buffer.from(base64, 'base64').length;
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || bytes < 24 || bytes > 64) {
        throw new Error('it takes whsec_ and base64 of 24 to 64 bytes');
      }
    }
    return secrets;
  },
});
const headers = setting('webhook.headers.', {
  type: 'PASSWORD',
  family: true,
  group: 'Webhook',
  documentation: 'Headers to send with each request, such as webhook.headers.authorization.',
  parse: (text) => {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new Error('it takes what an HTTP header may hold');
    return text;
  },
});
const timeout = setting('webhook.timeout.ms', {
  type: 'INT',
  defaultText: '15000',
  group: 'Webhook',
  documentation: 'How long an answer may take.',
  parse: whole(1, 5 * MINUTE_MS),
});
const batchRecords = setting('webhook.batch.max.records', {
  type: 'INT',
  defaultText: '1',
  group: 'Webhook',
  documentation: '1 posts each value by itself; more posts JSON arrays of events.',
  parse: whole(1, 1_000),
});
const path = setting('file.path', {
  type: 'STRING',
  required: true,
  group: 'File',
  documentation: 'The folder that files are written to, below the one that the server keeps for files.',
  parse: (text) => {
    const inside = /^[^/\\\0]/.test(text) && !text.split(/[/\\]/).includes('..') && !text.includes('\0');
    if (!inside) throw new Error("it takes a relative path without '..': it lies below the server's folder for files");
    return text;
  },
});
const chunk = setting('file.chunk.offsets', {
  type: 'INT',
  defaultText: '10000',
  group: 'File',
  documentation:
    'Offsets of one partition that one file covers. Do not change it while old files are kept in the same folder.',
  parse: whole(1, 10_000_000),
});
const compression = setting('file.compression', {
  type: 'STRING',
  defaultText: 'none',
  group: 'File',
  documentation: 'none or gzip. Compressed files are rewritten whole whenever they grow.',
  parse: oneOf('none', 'gzip'),
});
const topicName = setting('topic.name', {
  type: 'STRING',
  required: true,
  group: 'Topic',
  documentation: 'The topic that events are produced to. It must exist.',
  parse: oneTopic,
});

/** The settings of each sink, by the short name that `connector.class` takes. */
export const SINK_SETTINGS: Readonly<Record<ConnectorName, readonly Setting<unknown>[]>> = {
  webhook: [url, secret, headers, timeout, batchRecords],
  file: [path, chunk, compression],
  topic: [topicName],
};

/** What the sink is made from, or undefined where something is wrong: the reader then knows what. */
export function readSink(
  connector: ConnectorName,
  reader: SettingReader,
  topics: readonly string[],
): SinkOptions | undefined {
  if (connector === 'webhook') return readWebhook(reader);
  if (connector === 'file') {
    const [folder, chunkOffsets, codec] = [reader.read(path), reader.read(chunk), reader.read(compression)];
    if (folder === undefined || chunkOffsets === undefined || codec === undefined) return undefined;
    return { connector, file: { path: folder, chunkOffsets, gzip: codec === 'gzip' } };
  }
  const name = reader.read(topicName);
  if (name === undefined) return undefined;
  if (topics.includes(name))
    reader.fail(topicName.name, `"${name}" is among the topics read: events would go round for ever`);
  return { connector, topic: { topic: name } };
}

/** What HTTP itself, or the signature, needs to set. */
const OWN_HEADERS = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
];

function readWebhook(reader: SettingReader): SinkOptions | undefined {
  const target = reader.read(url);
  const secrets = reader.read(secret) ?? [];
  const named = reader.readFamily(headers);
  const timeoutMs = reader.read(timeout);
  const batchRecordsMax = reader.read(batchRecords);
  for (const name of Object.keys(named)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
      reader.fail(headers.name + name, `"${name}" is no name of an HTTP header`);
    if (OWN_HEADERS.includes(name.toLowerCase()))
      reader.fail(headers.name + name, `"${name}" is set by the route itself`);
  }
  if (target === undefined || timeoutMs === undefined || batchRecordsMax === undefined) return undefined;
  const lower = Object.fromEntries(Object.entries(named).map(([name, text]) => [name.toLowerCase(), text]));
  return { connector: 'webhook', webhook: { url: target, secrets, headers: lower, timeoutMs, batchRecordsMax } };
}
