import * as z from 'zod';

/** A route has some thirty settings; each beyond what anybody sends costs memory before it is refused. */
const SETTINGS_MAX = 1_000;

/** Connect takes numbers and booleans for settings, and keeps them as text. `null` is passed on where `nulls` says so. */
function settings<T extends string | null>(takes: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, ctx): Record<string, T> => {
    const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
    if (entries.length === 0 || entries.length > SETTINGS_MAX) {
      ctx.addIssue(`must be an object of 1 to ${SETTINGS_MAX} settings`);
      return z.NEVER;
    }
    const texts: [string, T][] = [];
    for (const [name, given] of entries) {
      const text = takes(given);
      if (text === undefined) {
        ctx.addIssue({
          code: 'custom',
          message: 'must be a text, a number, true or false',
          path: [name.slice(0, 100)],
        });
        return z.NEVER;
      }
      texts.push([name, text]);
    }
    // Not by assignment: "__proto__" is a name like any other, to be refused as unknown.
    return Object.fromEntries(texts);
  });
}

const isText = (value: unknown) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** A connector's config, as text. */
export const configBody = settings((value) => (isText(value) ? String(value) : undefined));

/** Changes of a config: null takes a setting out (KIP-477). */
export const patchBody = settings((value) => (value === null ? null : isText(value) ? String(value) : undefined));
