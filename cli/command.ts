import type { Command } from 'commander';
import type { Sign } from './access.ts';
import { Client } from './client.ts';
import type { Output, Terminal } from './output.ts';
import type { HttpAddress } from './settings.ts';
import type { SettingsHelp } from './settings-help.ts';

/** What a command has of the process that runs it. */
export interface Surroundings {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean; readonly fd?: number };
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires at the first Ctrl-C or SIGTERM; the second one ends the process. */
  readonly stopped: AbortSignal;
  /** What there is to be said of settings, where help is asked for. */
  readonly settingsHelp?: SettingsHelp;
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly http: HttpAddress;
  readonly sign: Sign;
  readonly token?: string;
  readonly output: 'text' | 'json';
}

/** Adds a command with its options to the program. What is heavy is imported by its action. */
export type Register = (program: Command, surroundings: Surroundings) => void;

export function clientOf(command: Command): Client {
  const { http, sign, token } = command.optsWithGlobals<GlobalOptions>();
  return new Client(http, { sign, token, env: process.env });
}

/** Whether JSON is asked for. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<GlobalOptions>().output === 'json';
}

export type { Terminal };
