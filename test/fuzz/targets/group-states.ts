import { crc32 } from 'node:zlib';
import { decodeGroup, encodeGroup } from '../../../lib/group/group-bytes.ts';
import { GroupError } from '../../../lib/group/index.ts';
import type { Target } from '../target.ts';
import { GROUP_STATES } from './groups.ts';

const HEADER_BYTES = 5;

export const target: Target = {
  name: 'group-states',
  seeds: () => Object.fromEntries(Object.entries(GROUP_STATES).map(([name, state]) => [name, encodeGroup(state)])),
  mend(bytes) {
    if (bytes.length < HEADER_BYTES) return bytes;
    const mended = Buffer.from(bytes);
    mended.writeUInt32BE(crc32(mended.subarray(HEADER_BYTES)), 1);
    return new Uint8Array(mended);
  },
  take: (bytes) => encodeGroup(decodeGroup(bytes)),
  isClean: (error) => error instanceof GroupError && error.code === 'group_corrupt',
};
