import { startMiniStack } from '../ministack.ts';
import { placeOf } from './deployment.ts';
import { deploymentOn } from './scenario.ts';

deploymentOn('MiniStack, behind an HTTP API', async () => placeOf(await startMiniStack()), { api: 'http' });
