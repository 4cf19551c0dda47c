import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { PEER_NAMES, type PeerName } from './peer.ts';

/** What a run is asked for. */
export interface Options {
  /** Names of rows, or how they begin; empty: all. */
  readonly only: readonly string[];
  readonly peers: readonly PeerName[];
  /** Turns of each server for each row. */
  readonly rounds: number;
  readonly quick: boolean;
  readonly markdown: boolean;
  /** Millrace alone, with a CPU profile of each row. */
  readonly profile: boolean;
  /** On the disk to be measured. */
  readonly folder: string;
}

const ROUNDS = 3;

/**
 * Reads the command line.
 *
 * @throws Error that says what is wrong
 * @example
 * optionsOf(['--only', 'java-1k,paced', '--rounds', '1']);
 */
export function optionsOf(args: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const options = { quick: flag, markdown: flag, profile: flag, only: text, servers: text, rounds: text, folder: text };
  const { values } = parseArgs({ args: [...args], options });
  const { quick, markdown, profile } = values;
  const rounds = Number(values.rounds ?? (quick || profile ? 1 : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds is a whole number from 1 on; "${values.rounds}" is none.`);
  }
  const peers = (values.servers?.split(',') ?? (profile ? ['millrace'] : PEER_NAMES)).map(peerNamed);
  const only = values.only?.split(',').filter((name) => name !== '') ?? [];
  return { only, peers, rounds, quick, markdown, profile, folder: values.folder ?? tmpdir() };
}

function peerNamed(name: string): PeerName {
  const found = PEER_NAMES.find((one) => one === name);
  if (!found) throw new Error(`There is no server "${name}"; there are ${PEER_NAMES.join(', ')}.`);
  return found;
}
