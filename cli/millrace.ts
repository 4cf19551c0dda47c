#!/usr/bin/env node
// The command. Node keeps compiled code from one run for the next, which halves the time to the first line; that must be
// switched on before anything else is loaded.
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { main } = await import('./main.ts');
await main();
