import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** Names are new for each, so that all test files share the emulators. */
let serial = 0;
const fresh = () => `millrace-${process.pid}-${serial++}`;

/** The table as a deployment makes it: two string keys, paid by request. */
export async function tableAt(endpoint: string): Promise<string> {
  const client = new DynamoDBClient({ endpoint });
  const TableName = fresh();
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  client.destroy();
  return TableName;
}

export async function bucketAt(endpoint: string): Promise<string> {
  const client = new S3Client({ endpoint, forcePathStyle: true });
  const Bucket = fresh();
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  return Bucket;
}
