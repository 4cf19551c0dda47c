import { startLocalStack } from '../localstack.ts';
import { placeOf } from './deployment.ts';
import { deploymentOn } from './scenario.ts';

deploymentOn(
  'LocalStack, behind a REST API, then a Function URL that streams',
  async () => placeOf(await startLocalStack()),
  {
    api: 'rest',
    thenApi: 'stream',
  },
);
