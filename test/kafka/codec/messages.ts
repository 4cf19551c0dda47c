import { PEERS } from '../../../bench/kafka/peer/generated/index.ts';
import { decodeResponse, encodeRequest } from '../../../bench/kafka/peer/index.ts';
import {
  APIS,
  type ApiName,
  decodeRequest,
  encodeResponse,
  type Frame,
  type Requests,
  type Responses,
  readRequestHeader,
  type Whole,
} from '../../../lib/kafka/index.ts';
import { MadeUpReader } from './made-up.ts';

export const API_NAMES = Object.keys(APIS) as ApiName[];
export const EVERY_VERSION = API_NAMES.flatMap((name) => {
  const { min, max } = APIS[name];
  return Array.from({ length: max - min + 1 }, (_, i) => ({ name, version: min + i }));
});

export function madeUpRequest<Name extends ApiName>(name: Name, version: number, seed: number): Requests[Name] {
  return APIS[name].readRequest(new MadeUpReader(seed, version >= APIS[name].flexibleFrom), version);
}

export function madeUpResponse<Name extends ApiName>(
  name: Name,
  version: number,
  seed: number,
): Whole<Responses[Name]> {
  return PEERS[name].readResponse(new MadeUpReader(seed, version >= APIS[name].flexibleFrom), version);
}

/** The frame without its length, in one piece. */
export function joined({ parts }: Frame): Uint8Array {
  return new Uint8Array(Buffer.concat(parts).subarray(4));
}

export function requestFrame<Name extends ApiName>(name: Name, version: number, body: Requests[Name]): Uint8Array {
  return joined(encodeRequest(name, version, { correlationId: 7, clientId: 'größe' }, body as never));
}

export function responseFrame<Name extends ApiName>(name: Name, version: number, body: Responses[Name]): Uint8Array {
  return joined(encodeResponse(name, version, 7, body));
}

export function readBack<Name extends ApiName>(name: Name, frame: Uint8Array): Requests[Name] {
  const { apiVersion, bodyAt } = readRequestHeader(frame);
  return decodeRequest(name, apiVersion, frame, bodyAt);
}

export { decodeResponse };
