import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The repository; or `dist` of the installed package, where the functions are bundled already. */
const ROOT = resolve(import.meta.dirname, '..');
const PREBUILT = join(ROOT, 'functions');

/** The functions' entry points, by the names that their handlers have: `api` is `functions/api.ts`. */
export const ENTRIES = ['api', 'api-stream', 'ingest', 'dispatch', 'deliver', 'tend', 'source', 'reconcile'] as const;
export type Entry = (typeof ENTRIES)[number];

/**
 * Bundles all functions into one folder, which all of them deploy: what they share is in chunks, and what only one needs
 * (a sink's SDK client) is loaded by that one alone, when it needs it. A cold start reads what it runs.
 */
export function bundleFunctions(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Who has installed the package has no bundler, and needs none.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES.map((entry) => `functions/${entry}.ts`),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    // The SDK's ESM variants are far smaller than its CommonJS: they can be shaken.
    mainFields: ['module', 'main'],
    minify: true,
    // Names in stack traces and error classes are for operators.
    keepNames: true,
    legalComments: 'none',
    // Packages written as CommonJS ask for Node's own modules through this.
    banner: {
      js: "import { createRequire as millraceRequire } from 'node:module'; const require = millraceRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return folder;
}

let bundled: string | undefined;

/**
 * The folder of the bundled functions: the package's own; or, in the repository, made once per process in the machine's
 * folder for such, from where the CDK copies it into its output.
 */
export function bundledFunctions(): string {
  if (existsSync(join(PREBUILT, `${ENTRIES[0]}.mjs`))) return PREBUILT;
  bundled ??= bundleFunctions(join(mkdtempSync(join(tmpdir(), 'millrace-functions-')), 'functions'));
  return bundled;
}

/** Sizes of a bundle's files in bytes, by name. */
export function sizesOf(folder: string): ReadonlyMap<string, number> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names.flatMap((name) => {
      const stat = statSync(join(folder, name));
      return stat.isFile() ? [[name, stat.size] as const] : [];
    }),
  );
}
