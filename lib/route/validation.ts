import { CONNECTOR_NAMES, maskSecrets, parseConfig, settingsOf } from './config.ts';
import type { ConfigTexts, Setting, SettingProblem } from './setting.ts';

/** The answer of Kafka Connect's `PUT /connector-plugins/{name}/config/validate`. */
export interface Validation {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly SettingReport[];
}

export interface SettingReport {
  readonly definition: {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly default_value: string | null;
    readonly importance: 'HIGH' | 'MEDIUM';
    readonly documentation: string;
    readonly group: string;
    readonly width: 'MEDIUM';
    readonly display_name: string;
    readonly dependents: readonly string[];
    readonly order: number;
  };
  readonly value: {
    readonly name: string;
    readonly value: string | null;
    readonly recommended_values: readonly string[];
    readonly errors: readonly string[];
    readonly visible: true;
  };
}

/**
 * Reports on every setting of a configuration, each with what is wrong with it: what its texts show, unless `problems` is given. Secrets are hidden.
 *
 * @example
 * validateConfig({ 'connector.class': 'webhook', topics: 'orders' }).error_count; // 1: webhook.url is missing
 */
export function validateConfig(
  texts: ConfigTexts,
  problems: readonly SettingProblem[] = parseConfig(texts).problems,
): Validation {
  const connector = CONNECTOR_NAMES.find((name) => name === texts['connector.class']);
  const settings = settingsOf(connector);
  const shown = maskSecrets(texts);
  const errorsOf = (name: string) => problems.filter((one) => one.name === name).map(({ error }) => error);
  const configs = settings
    .filter(({ family }) => !family)
    .map((one, order) => report(one, one.name, order, shown, errorsOf(one.name)));
  const named = new Set(configs.map(({ value }) => value.name));
  // Names of a family, and names that nobody knows, have a report where they were given.
  for (const name of Object.keys(texts)) {
    if (named.has(name) || name === 'name') continue;
    const family = settings.find((one) => one.family && name.startsWith(one.name));
    configs.push(report(family, name, configs.length, shown, errorsOf(name)));
  }
  return {
    name: connector ?? texts['connector.class'] ?? '',
    error_count: problems.length,
    groups: [...new Set(configs.map(({ definition }) => definition.group))],
    configs,
  };
}

function report(
  one: Setting<unknown> | undefined,
  name: string,
  order: number,
  shown: ConfigTexts,
  errors: readonly string[],
): SettingReport {
  return {
    definition: {
      name,
      type: one?.type ?? 'STRING',
      required: one?.required ?? false,
      default_value: one?.defaultText ?? null,
      importance: one?.required ? 'HIGH' : 'MEDIUM',
      documentation: one?.documentation ?? '',
      group: one?.group ?? 'Common',
      width: 'MEDIUM',
      display_name: name,
      dependents: [],
      order,
    },
    value: {
      name,
      value: (Object.hasOwn(shown, name) ? shown[name] : one?.defaultText) ?? null,
      recommended_values: [],
      errors,
      visible: true,
    },
  };
}
