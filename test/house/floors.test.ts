import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** Lowest first; a folder may import what is below it, and on its own floor what stands before it. */
const FLOORS: readonly (readonly string[])[] = [
  // What others build on, in browsers too: it stands alone.
  ['lib/client'],
  ['lib/bytes'],
  ['lib/record'],
  ['lib/store'],
  ['lib/log'],
  ['lib/topic', 'lib/group', 'lib/txn', 'lib/auth'],
  ['lib/route'],
  ['lib/declaration'],
  ['lib/http', 'lib/kafka'],
  ['lib/recovery'],
  ['lib/platform.ts'],
  ['cli', 'functions', 'infra', 'bench'],
];
const ORDER = FLOORS.flat();

interface Import {
  from: string;
  to: string;
}

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    return statSync(join(ROOT, path)).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Imports of our own files, static and dynamic. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import|URL)\s*\(?\s*'(\.[^']+)'/g)];
  return found.map(([, path]) => ({ from: file, to: relative(ROOT, join(ROOT, dirname(file), path!)) }));
}

function folderOf(path: string): string | undefined {
  return ORDER.find((folder) => path === folder || path.startsWith(`${folder}/`));
}

const all = ['lib', 'cli', 'functions', 'infra', 'bench'].flatMap(files);
const imports = all.flatMap(importsOf);

describe('floors', () => {
  it('hold every file', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((file) => folderOf(file) === undefined)).toEqual([]);
  });

  it('import downward only', () => {
    const upward = imports.filter(({ from, to }) => {
      const target = folderOf(to);
      return target === undefined || ORDER.indexOf(target) > ORDER.indexOf(folderOf(from)!);
    });
    expect(upward).toEqual([]);
  });

  it('are entered through their index alone', () => {
    const past = imports.filter(({ from, to }) => {
      const target = folderOf(to)!;
      return target !== folderOf(from) && target.startsWith('lib/') && to !== target && to !== `${target}/index.ts`;
    });
    expect(past).toEqual([]);
  });

  it('take AWS, disks and sockets only where they belong', () => {
    const allowed: [RegExp, RegExp][] = [
      [/node:(fs|sqlite|worker_threads)/, /^(lib\/store\/disk|lib\/route\/sinks|cli|bench|functions|infra)/],
      [/node:(http|https)'/, /^(lib\/http|lib\/route\/sinks|cli|bench|functions)/],
      [/'@aws-sdk/, /^(lib\/store\/aws|lib\/route\/sinks|functions|infra|cli\/sign-aws)/],
    ];
    const misplaced = all.filter((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return allowed.some(([what, where]) => what.test(text) && !where.test(file));
    });
    expect(misplaced).toEqual([]);
  });

  it('take time and chance from their parameters', () => {
    const direct = all.filter((file) => {
      if (!file.startsWith('lib/') || /^lib\/(bytes\/(clock|ids)|client\/time|store\/disk\/)/.test(file)) return false;
      return /Date\.now\(|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\(/.test(
        readFileSync(join(ROOT, file), 'utf8'),
      );
    });
    expect(direct).toEqual([]);
  });
});
