import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.ts';

/*
 * What is kept, a folder per target: in `corpus/<target>` what once failed, by the digest of its content; in
 * `corpus/<target>/seeds` what is known to be right, by a name that says what it is (or, where that begins with `refused-`,
 * known to be refused). make-seeds.ts adds seeds.
 */
const FOLDER = join(import.meta.dirname, 'corpus');
const SEEDS = 'seeds';
/** What a seed's name begins with where it must be refused. */
const REFUSED = 'refused-';

/** An input that is kept, and what must become of it. */
export interface Kept {
  /** Where it lies within the target's folder. */
  readonly name: string;
  readonly input: Uint8Array;
  /** What once failed may be either. */
  readonly must: 'be taken' | 'be refused' | undefined;
}

/** Seeds first. */
export function keptInputs({ name }: Target): Kept[] {
  const folder = join(FOLDER, name);
  const seeds = filesIn(join(folder, SEEDS)).map((file): Kept => {
    const must = file.startsWith(REFUSED) ? 'be refused' : 'be taken';
    return { name: `${SEEDS}/${file}`, input: bytesOf(join(folder, SEEDS, file)), must };
  });
  const failures = filesIn(folder).map((file) => ({ name: file, input: bytesOf(join(folder, file)), must: undefined }));
  return [...seeds, ...failures];
}

/** Keeps an input that failed; returns where. */
export function keepInput({ name }: Target, input: Uint8Array): string {
  const folder = join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 12));
  writeFileSync(path, input);
  return path;
}

/** The seeds of a target that are not kept yet, kept now; one that is there stays as it is. Returns their names. */
export function keepSeeds(target: Target): string[] {
  const folder = join(FOLDER, target.name, SEEDS);
  mkdirSync(folder, { recursive: true });
  const missing = unkeptSeeds(target);
  for (const name of missing) writeFileSync(join(folder, name), target.seeds()[name]!);
  return missing;
}

export function unkeptSeeds(target: Target): string[] {
  const kept = new Set(filesIn(join(FOLDER, target.name, SEEDS)));
  return Object.keys(target.seeds()).filter((name) => !kept.has(name));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
