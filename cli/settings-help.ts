import { Help } from 'commander';
import { openPlatform } from '../lib/platform.ts';
import { CONNECTOR_NAMES } from '../lib/route/index.ts';
import { memoryStores } from '../lib/store/index.ts';
import { TOPIC_SETTINGS } from '../lib/topic/index.ts';

/** Wide enough for a name and a sentence; terminals that are narrower wrap. */
const COLUMNS = 110;

/** What the help of commands that take settings of topics and of routes says of each. */
export interface SettingsHelp {
  readonly topic: string;
  readonly route: string;
}

interface Described {
  readonly name: string;
  readonly about: string;
  readonly group: string;
}

/** Reads the settings from the code that takes them, which is why only a command that is asked for help imports this. */
export async function settingsHelp(): Promise<SettingsHelp> {
  const platform = openPlatform({ stores: memoryStores(), background: false });
  try {
    const reports = await Promise.all(
      CONNECTOR_NAMES.map((sink) => platform.routes.validate({ 'connector.class': sink, ...FAMILIES[sink] })),
    );
    const definitions = reports.flatMap(({ configs }) => configs.map(({ definition }) => definition));
    const byName = new Map(definitions.map((definition) => [definition.name, definition]));
    const ofRoutes = [...byName.values()].map(({ name, documentation, required, default_value, group }) => {
      return { name, about: `${documentation}${required ? ' Required.' : defaultText(default_value)}`, group };
    });
    const ofTopics = TOPIC_SETTINGS.map(({ name, value, about }) => {
      return { name, about: `${about}${defaultText(value)}`, group: '' };
    });
    return { topic: `\nSettings:\n${itemsText(ofTopics)}`, route: routeText(ofRoutes) };
  } finally {
    await platform.close();
  }
}

/** Settings whose names end as one likes are reported where they are given. */
const FAMILIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  webhook: { 'webhook.headers.<name>': '' },
};

function defaultText(value: string | null): string {
  return value === null || value === '' ? '' : ` Default: ${value}.`;
}

function routeText(settings: readonly Described[]): string {
  return [...Map.groupBy(settings, ({ group }) => group)]
    .map(([group, of]) => `\nSettings, ${group}:\n${itemsText(of)}`)
    .join('\n');
}

function itemsText(settings: readonly Described[]): string {
  const help = new Help();
  help.prepareContext({ helpWidth: COLUMNS });
  const width = Math.max(...settings.map(({ name }) => name.length));
  return settings.map(({ name, about }) => help.formatItem(name, width, about, help)).join('\n');
}
