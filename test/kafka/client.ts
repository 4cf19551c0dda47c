import { decodeResponse, encodeRequest } from '../../bench/kafka/peer/index.ts';
import type { ApiName, Requests, Responses, Sparse, Whole } from '../../lib/kafka/codec/index.ts';
import { APIS } from '../../lib/kafka/codec/index.ts';
import { type Gateway, type GatewayOptions, openGateway, type Session } from '../../lib/kafka/index.ts';
import { openPlatform, type Platform, type PlatformOptions } from '../../lib/platform.ts';
import { memoryStores } from '../../lib/store/index.ts';

/** A platform over stores in memory, its gateway, and one connection to it without a socket. */
export interface World {
  readonly platform: Platform;
  readonly gateway: Gateway;
  readonly client: Client;
  close(): Promise<void>;
}

export function openWorld(
  options: { platform?: Partial<PlatformOptions>; gateway?: Partial<GatewayOptions> } = {},
): World {
  const platform = openPlatform({
    stores: memoryStores(),
    background: false,
    aloneInStores: true,
    ...options.platform,
  });
  const gateway = openGateway(platform, options.gateway);
  return {
    platform,
    gateway,
    client: connect(gateway),
    close: async () => {
      gateway.close();
      await platform.close();
    },
  };
}

export function connect(gateway: Gateway): Client {
  return new Client(
    gateway.connect({ host: '10.0.0.7', local: { host: '10.0.0.1', port: 9092 }, listener: 'PLAINTEXT' }),
  );
}

/** Speaks to a session in frames, as a client does over a socket. */
export class Client {
  readonly session: Session;
  #correlationId = 0;

  constructor(session: Session) {
    this.session = session;
  }

  /** The answer, or undefined where there is none. The newest version unless given. */
  async ask<Name extends ApiName>(
    api: Name,
    body: Sparse<Requests[Name]>,
    version: number = APIS[api].max,
  ): Promise<Whole<Responses[Name]> | undefined> {
    const correlationId = this.#correlationId++;
    const request = encodeRequest(api, version, { correlationId, clientId: 'test' }, body);
    const frame = await this.session.handle(Buffer.concat(request.parts).subarray(4));
    if (!frame) return undefined;
    const bytes = Buffer.concat(frame.parts);
    if (bytes.length !== frame.sizeBytes || bytes.readInt32BE(0) !== bytes.length - 4) throw new Error('wrong length');
    const answer = decodeResponse(api, version, bytes.subarray(4));
    if (answer.correlationId !== correlationId) throw new Error('the answer to another request');
    return answer.body;
  }

  /** The answer, where one is due. */
  async call<Name extends ApiName>(
    api: Name,
    body: Sparse<Requests[Name]>,
    version?: number,
  ): Promise<Whole<Responses[Name]>> {
    const answer = await this.ask(api, body, version);
    if (answer === undefined) throw new Error(`${api} was not answered`);
    return answer;
  }
}
