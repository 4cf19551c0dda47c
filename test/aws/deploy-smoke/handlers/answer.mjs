/** Says what it was called with. */
export async function handler(event) {
  console.log('called', event.crash ? 'to crash' : 'to answer');
  if (event.crash === 'exit') process.exit(3);
  if (event.crash === 'throw') throw new RangeError('asked to');
  if (event.crash === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000));
  const body = JSON.stringify({ node: process.versions.node, pid: process.pid, event });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}
