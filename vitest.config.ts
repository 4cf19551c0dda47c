import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need emulators, Kafka and its clients, or schemathesis: npm run test:aws, test:clients, test:api.
    exclude: ['test/aws/**', 'test/clients/**', 'test/api/**', 'node_modules/**'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
