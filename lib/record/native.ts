import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A package with a prebuilt native part, or undefined where there is none for this platform: all of them are
 * speed-ups here, and the script that stands behind each does the same work.
 */
export function loadNative<Module>(name: string): Module | undefined {
  try {
    return require(name) as Module;
  } catch {
    return undefined;
  }
}
