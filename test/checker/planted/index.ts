/**
 * A library of histories, each with one thing wrong in it: what the checker itself is tested on.
 * One for each anomaly, or more where it shows in several ways.
 */
import { MEMBERS } from './members.ts';
import { ORDER } from './order.ts';
import type { Planted } from './planted.ts';
import { READS } from './reads.ts';
import { WRITES } from './writes.ts';

export type { Planted } from './planted.ts';
export const PLANTED: readonly Planted[] = [...WRITES, ...READS, ...ORDER, ...MEMBERS];
