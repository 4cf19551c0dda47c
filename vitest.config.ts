import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need emulators, or Kafka and its clients: npm run test:aws, npm run test:clients.
    exclude: ['test/aws/**', 'test/clients/**', 'node_modules/**'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
