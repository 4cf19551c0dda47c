// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { readString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface FindCoordinatorRequest {
  readonly key: string; // version <= 3
  readonly keyType: number; // version >= 1
  readonly coordinatorKeys: readonly string[]; // version >= 4
}

export function readFindCoordinatorRequest(r: KafkaReader, v: number): FindCoordinatorRequest {
  const it: FindCoordinatorRequest = {
    key: v <= 3 ? r.string() : '',
    keyType: v >= 1 ? r.i8() : 0,
    coordinatorKeys: v >= 4 ? r.array(1, v, readString) : [],
  };
  r.skipTags();
  return it;
}

export interface FindCoordinatorResponseCoordinator {
  readonly key: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export interface FindCoordinatorResponse {
  readonly throttleTimeMs?: number; // version >= 1
  readonly errorCode?: number; // version <= 3
  readonly errorMessage?: string | null; // version >= 1 && version <= 3
  readonly nodeId?: number; // version <= 3
  readonly host?: string; // version <= 3
  readonly port?: number; // version <= 3
  readonly coordinators?: readonly FindCoordinatorResponseCoordinator[]; // version >= 4
}

function writeFindCoordinatorResponseCoordinator(
  w: KafkaWriter,
  _v: number,
  it: FindCoordinatorResponseCoordinator,
): void {
  w.string(it.key);
  w.i32(it.nodeId);
  w.string(it.host);
  w.i32(it.port);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.noTags();
}

export function writeFindCoordinatorResponse(w: KafkaWriter, v: number, it: FindCoordinatorResponse): void {
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  if (v <= 3) {
    w.i16(it.errorCode ?? 0);
  } else if (it.errorCode !== undefined && it.errorCode !== 0) w.misplaced('errorCode', v);
  if (v >= 1 && v <= 3) {
    w.nullableString(it.errorMessage === undefined ? '' : it.errorMessage);
  }
  if (v <= 3) {
    w.i32(it.nodeId ?? 0);
  } else if (it.nodeId !== undefined && it.nodeId !== 0) w.misplaced('nodeId', v);
  if (v <= 3) {
    w.string(it.host ?? '');
  } else if (it.host !== undefined && it.host !== '') w.misplaced('host', v);
  if (v <= 3) {
    w.i32(it.port ?? 0);
  } else if (it.port !== undefined && it.port !== 0) w.misplaced('port', v);
  if (v >= 4) {
    w.array(v, it.coordinators ?? [], writeFindCoordinatorResponseCoordinator);
  } else if (it.coordinators !== undefined && it.coordinators.length > 0) w.misplaced('coordinators', v);
  w.noTags();
}
