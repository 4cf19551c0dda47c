import { startLocalStack } from '../localstack.ts';
import { deploymentOn } from './scenario.ts';

deploymentOn('LocalStack, behind a REST API, then a Function URL that streams', startLocalStack, {
  api: 'rest',
  thenApi: 'stream',
});
