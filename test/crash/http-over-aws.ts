/** The HTTP API over a bucket and a table, as a process: what API Gateway and Lambda are on AWS. Usage: http-over-aws.ts PORT BUCKET TABLE ENDPOINT */
import { httpApp, serveHttp } from '../../lib/http/index.ts';
import { openBucketStores, openPlatform } from '../../lib/platform.ts';

const [port = '', bucket = '', table = '', endpoint = ''] = process.argv.slice(2);
const stores = await openBucketStores({ bucket, table, endpoint, region: 'us-east-1' });
const onError = (error: unknown, doing: string) => console.error(`${doing}:`, error);
const platform = openPlatform({ stores, onError });
await serveHttp(httpApp(platform), { host: '127.0.0.1', port: Number(port) });
