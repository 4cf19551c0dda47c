/**
 * Bundles the functions into what is packed: `dist/functions`, beside the compiled constructs, so that who installs the
 * package needs no bundler.
 */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundleFunctions } from './bundle.ts';

const folder = resolve(import.meta.dirname, '../dist/functions');
rmSync(folder, { recursive: true, force: true });
bundleFunctions(folder);
