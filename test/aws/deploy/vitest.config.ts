import { defineConfig } from 'vitest/config';

/** `npm run test:deploy`: the deployment test elsewhere (elsewhere.ts). Credentials and region are the machine's own. */
export default defineConfig({
  root: new URL('../../..', import.meta.url).pathname,
  test: {
    include: ['test/aws/deploy/elsewhere.ts'],
    reporters: ['verbose', './test/closing-line.ts'],
    pool: 'forks',
  },
});
