// Without the SDK, so that nothing needs bundling: SQS's JSON protocol is one POST, and the emulators check no signature.
const told = new Set();

async function tell(message) {
  const response = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessage',
      authorization: `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ QueueUrl: process.env.QUEUE_URL, MessageBody: JSON.stringify(message) }),
  });
  if (!response.ok) throw new Error(`SQS answered ${response.status}: ${await response.text()}`);
}

/**
 * Tells the queue of each item written. One that is called `twice-…` is not done the first time. What was sent to it
 * directly it tells of, too, and fails.
 */
export async function handler({ Records, asynchronous }) {
  if (asynchronous) {
    await tell({ asynchronous });
    throw new Error('asked to fail');
  }
  const batchItemFailures = [];
  for (const { dynamodb, eventName } of Records) {
    const { pk } = dynamodb.Keys;
    if (pk.S.startsWith('twice-') && !told.has(pk.S)) {
      told.add(pk.S);
      await tell({ pk: pk.S, refused: true });
      batchItemFailures.push({ itemIdentifier: dynamodb.SequenceNumber });
      break;
    }
    await tell({ pk: pk.S, eventName, node: process.versions.node, at: Date.now() });
  }
  return { batchItemFailures };
}
