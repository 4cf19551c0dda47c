import { defineConfig } from 'vitest/config';
import { EMULATOR_ENV } from '../aws/emulator-env.ts';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/clients/**/*.test.ts'],
    globalSetup: ['./test/clients/global-setup.ts'],
    reporters: ['default', './test/closing-line.ts'],
    env: EMULATOR_ENV,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Programs mostly wait; two at a time, each against several servers, are what two cores can do.
    maxWorkers: 2,
  },
});
