import {
  APIS,
  type ApiName,
  type Frame,
  KafkaProtocolError,
  KafkaReader,
  KafkaWriter,
  type Read,
  type Requests,
  type Responses,
  reading,
  type Sparse,
  type Whole,
  type Write,
  writing,
} from '../../../lib/kafka/index.ts';
import { PEERS } from './generated/index.ts';

export type Peers = {
  readonly [Name in ApiName]: {
    readonly writeRequest: Write<Sparse<Requests[Name]>>;
    readonly readResponse: Read<Whole<Responses[Name]>>;
  };
};

export interface RequestOptions {
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** A request as a frame to send; fields that are missing have Kafka's defaults. */
export function encodeRequest<Name extends ApiName>(
  name: Name,
  version: number,
  { correlationId, clientId }: RequestOptions,
  body: Sparse<Requests[Name]>,
): Frame {
  const { key, flexibleFrom } = APIS[name];
  const writer = new KafkaWriter(false);
  writing(`${name} request, version ${version}`, () => {
    writer.i16(key);
    writer.i16(version);
    writer.i32(correlationId);
    writer.nullableString(clientId);
    writer.flexible = version >= flexibleFrom;
    writer.noTags();
    PEERS[name].writeRequest(writer, version, body);
  });
  return writer.frame();
}

/**
 * A response from its frame, without the length before it. Unlike a server it wants every byte to be accounted for.
 *
 * @throws KafkaProtocolError
 */
export function decodeResponse<Name extends ApiName>(
  name: Name,
  version: number,
  frame: Uint8Array,
): { correlationId: number; body: Whole<Responses[Name]> } {
  return reading(`${name} response, version ${version}`, () => {
    const reader = new KafkaReader(frame, 0, false);
    const correlationId = reader.i32();
    reader.flexible = version >= APIS[name].flexibleFrom;
    if (name !== 'ApiVersions') reader.skipTags();
    const body = PEERS[name].readResponse(reader, version);
    if (reader.remaining > 0) {
      throw new KafkaProtocolError('kafka_malformed', `${reader.remaining} bytes follow the end at byte ${reader.at}.`);
    }
    return { correlationId, body };
  });
}
