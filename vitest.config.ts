import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need emulators: npm run test:aws.
    exclude: ['test/aws/**', 'node_modules/**'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
