import { startMiniStack } from '../ministack.ts';
import { deploymentOn } from './scenario.ts';

deploymentOn('MiniStack, behind an HTTP API', startMiniStack, { api: 'http' });
