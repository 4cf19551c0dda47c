import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { millrace, type Ran } from './world.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
/** Nothing of the machine's own: no profile, no role of an instance. */
const NOWHERE = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const ENV = { ...NOWHERE, ...KEYS, AWS_REGION: 'eu-central-1' };

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A server that keeps what it is asked, and answers as `answer` says. */
async function gateway(answer: (asked: Asked) => { status: number; body: unknown; headers?: Record<string, string> }) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const one = { method: request.method!, url: request.url!, headers: request.headers, body };
    asked.push(one);
    const { status, body: told, headers } = answer(one);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, plain: `127.0.0.1:${port}`, api: `http://a1b2c3.execute-api.localhost:${port}`, port };
}

const topics = () => ({ status: 200, body: { data: [] } });
const clusters = ({ url }: Asked) =>
  url.endsWith('/clusters') ? { status: 200, body: { data: [{ cluster_id: 'shop' }] } } : topics();
const forbidden = () => ({ status: 403, body: { message: 'Forbidden' } });

function run(http: string, env: Record<string, string>, ...args: string[]): Promise<Ran> {
  return millrace(['topic', 'list', '--http', http, ...args], { env });
}

/** The signature made anew from what arrived. Source: IAM User Guide, "Create a signed AWS API request". */
function signatureOf({ method, url, headers, body }: Asked, secret: string): string {
  const [, key, date, region, service, names] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=/.exec(
      headers.authorization ?? '',
    ) ?? [];
  expect(key).toBe(KEYS.AWS_ACCESS_KEY_ID);
  const [path, query = ''] = url.split('?');
  const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const canonical = [
    method,
    path!.split('/').map(encodeURIComponent).join('/'),
    query.split('&').sort().join('&'),
    ...names!.split(';').map((name) => `${name}:${headers[name]}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const hmac = (by: string | Buffer, data: string) => createHmac('sha256', by).update(data).digest();
  return hmac(
    [date!, region!, service!, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer,
    text,
  ).toString('hex');
}

test('what goes to an API of AWS is signed, so that the signature holds for what arrives', async () => {
  const { asked, api, port } = await gateway(clusters);
  expect(await run(api, ENV)).toMatchObject({ code: 0 });
  const made = await millrace(['topic', 'create', 'orders', '--http', api, '-c', 'retention.ms=1000'], { env: ENV });
  expect(made).toMatchObject({ code: 0 });
  expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'POST']);
  for (const one of asked) {
    expect(one.headers.host).toBe(`a1b2c3.execute-api.localhost:${port}`);
    expect(one.headers.authorization).toContain('/eu-central-1/execute-api/aws4_request');
    expect(one.headers.authorization).toMatch(/SignedHeaders=[^,]*host;[^,]*x-amz-content-sha256;x-amz-date/);
    expect(one.headers.authorization).toContain(`Signature=${signatureOf(one, KEYS.AWS_SECRET_ACCESS_KEY)}`);
  }
});

test('a name with other characters is signed as it is sent', async () => {
  const { asked, api } = await gateway((one) =>
    one.url.includes('/lags') ? { status: 200, body: { data: [] } } : clusters(one),
  );
  await millrace(['group', 'lag', 'a b+ä', '--http', api], { env: ENV });
  for (const one of asked) expect(one.headers.authorization).toContain(signatureOf(one, KEYS.AWS_SECRET_ACCESS_KEY));
  expect(asked.at(-1)!.url).toContain('a%20b%2B');
});

test('an address of its own is signed for when asked to, with the session’s token; a plain server is not', async () => {
  const { asked, plain } = await gateway(clusters);
  await run(plain, ENV);
  expect(asked.at(-1)!.headers.authorization).toBeUndefined();
  await run(plain, { ...ENV, AWS_SESSION_TOKEN: 'session' }, '--sign', 'aws');
  expect(asked.at(-1)!.headers).toMatchObject({ 'x-amz-security-token': 'session' });
  expect(asked.at(-1)!.headers.authorization).toContain('x-amz-security-token');
});

test('a Function URL is signed for as a function', async () => {
  const { asked, port } = await gateway(clusters);
  await run(`http://abc.lambda-url.us-east-1.localhost:${port}`, ENV);
  expect(asked.at(-1)!.headers.authorization).toContain('/us-east-1/lambda/aws4_request');
});

test('without credentials requests go unsigned; refused, they say what is missing', async () => {
  const open = await gateway(clusters);
  expect(await run(open.api, NOWHERE)).toMatchObject({ code: 0 });
  expect(open.asked[0]!.headers.authorization).toBeUndefined();
  const closed = await gateway(forbidden);
  const refused = await run(closed.api, NOWHERE);
  expect(refused).toMatchObject({ code: 4, stdout: '' });
  expect(refused.stderr).toContain('answers 403. It asks for AWS credentials, and none were found: set AWS_PROFILE');
  const insisted = await run(open.plain, { ...NOWHERE, AWS_REGION: 'us-east-1' }, '--sign', 'aws');
  expect(insisted).toMatchObject({ code: 4, stderr: expect.stringContaining('No AWS credentials to sign with') });
});

test('a signer without rights is told who gives them', async () => {
  const { api } = await gateway(forbidden);
  const { code, stderr } = await run(api, ENV);
  expect(code).toBe(4);
  expect(stderr).toContain('grantProduce, grantConsume or grantAdmin');
});

test('a token is sent as it is, and a refused one is told of', async () => {
  const { asked, api } = await gateway(() => ({ status: 401, body: { message: 'Unauthorized' } }));
  const { code, stderr } = await run(api, { ...ENV, MILLRACE_TOKEN: 'ey.J.x' });
  expect(asked[0]!.headers.authorization).toBe('Bearer ey.J.x');
  expect(code).toBe(4);
  expect(stderr).toContain('is it expired');
  expect(stderr).not.toContain('ey.J.x');
  const bare = await run(api, ENV, '--sign', 'none');
  expect(bare.stderr).toContain('give one with --token');
});

test('a token is not sent where it could be read on the way, nor together with a signature', async () => {
  const away = await run('http://events.example.com', { MILLRACE_TOKEN: 'ey.J.x' });
  expect(away).toMatchObject({ code: 4, stderr: expect.stringContaining('Name an https address') });
  const both = await run('https://events.example.com', { MILLRACE_TOKEN: 'ey.J.x' }, '--sign', 'aws');
  expect(both).toMatchObject({ code: 4, stderr: expect.stringContaining('not both') });
});

test('what a gateway says of a function that failed is no foreign server', async () => {
  const headers = { 'apigw-requestid': 'r' };
  const { api } = await gateway(() => ({ status: 500, body: { message: 'Internal Server Error' }, headers }));
  const { code, stderr } = await run(api, ENV);
  expect(code).toBe(1);
  expect(stderr).toContain('its function failed');
});
