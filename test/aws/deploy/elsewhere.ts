import { deploymentOn } from './scenario.ts';

/*
 * The deployment test where an emulator of ours does not run: on a LocalStack container, or in an AWS account. Settings, all
 * from the environment:
 *   MILLRACE_DEPLOY_ENDPOINT  such as http://127.0.0.1:4566; left out, AWS itself, by the machine's own credentials
 *   MILLRACE_DEPLOY_API       http, rest, url or stream; http unless given
 *   MILLRACE_DEPLOY_PORT      the port of 127.0.0.1 that the test listens on for webhooks, and
 *   MILLRACE_DEPLOY_TELL      the URL by which functions reach it
 */
const { MILLRACE_DEPLOY_ENDPOINT: endpoint, MILLRACE_DEPLOY_API: api = 'http' } = process.env;
const { MILLRACE_DEPLOY_PORT: port, MILLRACE_DEPLOY_TELL: url } = process.env;
if (port === undefined || url === undefined) {
  throw new Error(
    'Say by MILLRACE_DEPLOY_PORT and MILLRACE_DEPLOY_TELL how functions reach this machine (docs/testing.md).',
  );
}
const place = {
  ...(endpoint !== undefined && { endpoint }),
  listener: { port: Number(port), url },
  // What runs there is not ours to end.
  stop: async () => undefined,
};

deploymentOn(endpoint ?? 'AWS', async () => place, { api, ours: false });
