import { defineConfig } from 'vitest/config';
import { EMULATOR_ENV } from './emulator-env.ts';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/aws/**/*.test.ts'],
    globalSetup: ['./test/aws/global-setup.ts'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    env: EMULATOR_ENV,
  },
});
