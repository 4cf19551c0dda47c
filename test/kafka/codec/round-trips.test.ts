import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAssignment,
  decodeRequest,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  readRequestHeader,
} from '../../../lib/kafka/index.ts';
import {
  API_NAMES,
  decodeResponse,
  EVERY_VERSION,
  madeUpRequest,
  madeUpResponse,
  requestFrame,
  responseFrame,
} from './messages.ts';

const SEEDED = { seed: 5, numRuns: 12 };
const seeds = fc.integer();

describe('every message in every version', () => {
  it.each(EVERY_VERSION)('$name $version: a request that a client wrote is read as it was', ({ name, version }) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const body = madeUpRequest(name, version, seed);
        const frame = requestFrame(name, version, body);
        const header = readRequestHeader(frame);
        expect(header).toMatchObject({
          api: name,
          apiVersion: version,
          correlationId: 7,
          clientId: 'größe',
          readable: true,
        });
        expect(decodeRequest(name, version, frame, header.bodyAt)).toEqual(body);
      }),
      SEEDED,
    );
  });

  it.each(EVERY_VERSION)('$name $version: a response that we wrote is read as it was', ({ name, version }) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const body = madeUpResponse(name, version, seed);
        expect(decodeResponse(name, version, responseFrame(name, version, body as never))).toEqual({
          correlationId: 7,
          body,
        });
      }),
      SEEDED,
    );
  });
});

describe('the codec', () => {
  it('has the APIs of the table', () => {
    expect(API_NAMES).toHaveLength(50);
    expect(EVERY_VERSION).toHaveLength(216);
  });

  it('reads the versions of the consumer protocol, and of one that is newer what it knows', () => {
    const subscription = {
      topics: ['orders'],
      userData: Uint8Array.of(1, 2),
      ownedPartitions: [{ topic: 'orders', partitions: [0, 5] }],
      generationId: 9,
      rackId: 'az1',
    };
    const bytes = new Uint8Array(encodeSubscription(3, subscription));
    expect(decodeSubscription(bytes)).toEqual(subscription);
    const newer = Uint8Array.of(0, 4, ...bytes.subarray(2), 1, 2, 3);
    expect(decodeSubscription(newer)).toEqual(subscription);
    expect(decodeSubscription(new Uint8Array(encodeSubscription(0, subscription)))).toEqual({
      ...{ topics: ['orders'], userData: Uint8Array.of(1, 2), ownedPartitions: [], generationId: -1, rackId: null },
    });
    const assignment = { assignedPartitions: [{ topic: 'orders', partitions: [1] }], userData: null };
    expect(decodeAssignment(encodeAssignment(1, assignment))).toEqual(assignment);
    expect(() => decodeAssignment(Uint8Array.of(0, 1, 0))).toThrow(
      'Consumer protocol assignment: 4 bytes were to follow',
    );
  });
});
