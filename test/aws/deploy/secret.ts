/** Signs the webhooks of the deployment test: nobody else's. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of 32 bytes for a test.').toString('base64')}`;
