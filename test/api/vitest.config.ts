import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/api/**/*.test.ts'],
    reporters: ['default', './test/closing-line.ts'],
    pool: 'forks',
  },
});
