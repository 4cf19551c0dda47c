import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/clients/**/*.test.ts'],
    globalSetup: ['./test/clients/global-setup.ts'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One client at a time: it runs against two servers already, and two JVMs are enough for a small machine.
    maxWorkers: 1,
    fileParallelism: false,
  },
});
