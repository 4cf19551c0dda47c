const TOO_LARGE_BYTES = 7 * 1024 * 1024;
let ticks = 0;

/** Says what it was called with, or fails in the way that it is asked for. */
export async function handler(event) {
  console.log('called', event.crash ?? 'to answer');
  if (event.crash === 'exit') process.exit(3);
  if (event.crash === 'throw') throw new RangeError('asked to');
  if (event.crash === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (event.crash === 'large') return 'x'.repeat(TOO_LARGE_BYTES);
  // Every 10 ms, as long as the process is not frozen.
  if (event.count === 'begin') setInterval(() => ticks++, 10);
  const body = JSON.stringify({ node: process.versions.node, pid: process.pid, ticks, event });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}
