import type { Scenario } from '../harness.ts';
import { append } from './append.ts';
import { coldStart } from './cold-start.ts';
import { fetch } from './fetch.ts';
import { http } from './http.ts';
import { limits } from './limits.ts';
import { lookup } from './lookup.ts';
import { memory } from './memory.ts';
import { recovery } from './recovery.ts';

/** All scenarios by name, in the order in which they run. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  limits,
  append,
  fetch,
  http,
  recovery,
  lookup,
  memory,
  'cold-start': coldStart,
};
