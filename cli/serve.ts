import { httpApp, serveHttp } from '../lib/http/index.ts';
import { type KafkaServer, openGateway, serveKafka } from '../lib/kafka/index.ts';
import type { Platform } from '../lib/platform.ts';
import { openFolderStores, openPlatform } from '../lib/platform.ts';
import { memoryStores, type Stores } from '../lib/store/index.ts';
import { CliError } from './errors.ts';
import type { KafkaSecurity } from './kafka-security.ts';
import { hostText, listen } from './listen.ts';
import { errorFields, type LogLines } from './log-lines.ts';
import type { FlushOptions, HttpAddress, KafkaAddress } from './settings.ts';

/** What is under way when the server stops may go on for so long; polls answer at once. */
const CLOSE_MS = 2_000;

export interface ServeOptions {
  readonly http: HttpAddress;
  /** Where Kafka clients are served. */
  readonly kafka: KafkaAddress | 'off';
  /** How Kafka clients are let in; everybody unless given. */
  readonly security?: KafkaSecurity | undefined;
  /** The data folder; undefined keeps everything in memory. */
  readonly data: string | undefined;
  /** The folder below which routes write files. */
  readonly files: string;
  /** How what is produced is gathered; the log's own way unless given. */
  readonly flush?: FlushOptions;
  readonly log: LogLines;
}

export interface Served {
  readonly url: string;
  /** `host:port` for Kafka clients. */
  readonly kafka: string | undefined;
  readonly platform: Platform;
  /** Lets requests under way finish, then closes the stores. */
  close(): Promise<void>;
}

/**
 * Opens the platform on one machine and serves its HTTP API, and Kafka clients.
 *
 * @throws StoreError of the data folder: store_locked, store_invalid, store_unavailable, store_full;
 *   CliError port_in_use, address_unusable
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { http, kafka, security, data, files, flush, log } = options;
  if (!http.plain) {
    throw new CliError(
      'address_unusable',
      `${http.url} can't be listened on: Millrace serves plain http at host:port.`,
    );
  }
  const stores: Stores = data === undefined ? memoryStores() : await openFolderStores(data);
  const platform = openPlatform({
    stores,
    // A data folder is locked, and memory is nobody else's: what a killed process held is free at once.
    aloneInStores: true,
    filesFolder: files,
    ...(flush && { log: { lingerMs: flush.lingerMs, flushBytesMax: flush.flushBytes } }),
    onError: (error, doing) => log('error', `${doing} failed`, errorFields(error)),
  });
  try {
    const ending = new AbortController();
    const app = httpApp(platform, {
      closing: ending.signal,
      onError: (error, request) => log('error', `${request} failed`, errorFields(error)),
    });
    const server = await listen('http', http, () =>
      serveHttp(app, {
        host: http.host,
        port: http.port,
        limits: { closeMs: CLOSE_MS },
        onNotice: (text) => log('warn', text),
        onClosing: () => ending.abort(),
      }),
    );
    const undo = () => server.close();
    const kafkaServer =
      kafka === 'off' ? undefined : await listenForKafka(platform, { kafka, security, log, httpUrl: server.url, undo });
    const watching = kafkaServer && security?.watch(kafkaServer, { clock: platform.clock, log, signal: ending.signal });
    return {
      url: server.url,
      kafka: kafka === 'off' ? undefined : `${hostText(kafka.host)}:${kafkaServer?.port}`,
      platform,
      close: async () => {
        ending.abort();
        await Promise.all([server.close(), kafkaServer?.close(), watching]);
        await platform.close();
      },
    };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Starts to serve Kafka clients; where that fails, `undo` ends what was started before. */
async function listenForKafka(
  platform: Platform,
  {
    kafka,
    security,
    log,
    httpUrl,
    undo,
  }: Pick<ServeOptions, 'security' | 'log'> & { kafka: KafkaAddress; httpUrl: string; undo(): Promise<void> },
): Promise<KafkaServer> {
  const gateway = openGateway(platform, {
    ...(security && { security: security.security }),
    onError: (error, doing) => log('error', `${doing} failed`, errorFields(error)),
    onNotice: (text) => log('warn', text),
  });
  try {
    return await listen('kafka', kafka, () =>
      serveKafka(gateway, { ...security?.listener, ...{ host: kafka.host, port: kafka.port, httpUrl } }),
    );
  } catch (error) {
    await undo();
    throw error;
  }
}
