import { startLocalStack } from '../localstack.ts';
import { deploymentOn } from './scenario.ts';

deploymentOn('LocalStack, behind a REST API', startLocalStack, 'rest');
