/**
 * Millrace's HTTP API over a data folder, in a process of its own, so that its CPU is its own and it can be killed. It
 * tells its parent where it listens, and answers each message with the CPU that it has used.
 */

import { httpApp, serveHttp } from '../lib/http/index.ts';
import { openFolderStores, openPlatform } from '../lib/platform.ts';

const platform = openPlatform({ stores: await openFolderStores(process.argv[2]!), background: false });
const server = await serveHttp(httpApp(platform, { onError: (error, request) => console.error(request, error) }), {
  port: 0,
});
process.on('message', () => process.send!(process.cpuUsage()));
process.on('disconnect', () => process.exit());
process.send!({ url: server.url });
