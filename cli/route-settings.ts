import { readFileSync } from 'node:fs';
import { CliError } from './errors.ts';

/** A route's settings by name, as the server takes them. */
export type Settings = Record<string, string>;

/**
 * Settings from the command line: a JSON file, or name=value pairs.
 *
 * @throws CliError usage_invalid, input_invalid
 */
export function readSettings(given: readonly string[]): Settings {
  if (given.length === 1 && !given[0]!.includes('=')) return settingsFile(given[0]!);
  const settings: Settings = {};
  for (const text of given) {
    const at = text.indexOf('=');
    if (at <= 0) throw new CliError('usage_invalid', `"${text}" is no setting: write name=value, or one JSON file.`);
    settings[text.slice(0, at)] = text.slice(at + 1);
  }
  return settings;
}

function settingsFile(path: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError('input_invalid', `${path} can't be read as JSON: ${why}`, { cause: error });
  }
  const config = isObject(value) && isObject(value.config) ? value.config : value;
  if (!isObject(config)) throw new CliError('input_invalid', `${path} must hold one JSON object of settings.`);
  // Patterns may stand in the file as they are; the server takes texts.
  return Object.fromEntries(
    Object.entries(config).map(([name, setting]) => [
      name,
      typeof setting === 'string' ? setting : JSON.stringify(setting),
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
