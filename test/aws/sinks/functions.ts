import { crc32 } from 'node:zlib';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { ACCOUNT, direct } from './world.ts';

/** A zip archive of one file, stored as it is. Source: APPNOTE.TXT, PKWARE. */
function zipOf(name: string, text: string): Buffer {
  const [path, data] = [Buffer.from(name), Buffer.from(text)];
  const sums = Buffer.alloc(12);
  sums.writeUInt32LE(crc32(data), 0);
  sums.writeUInt32LE(data.length, 4);
  sums.writeUInt32LE(data.length, 8);
  const [version, lengths] = [Buffer.from([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]), Buffer.from([path.length, 0, 0, 0])];
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), version, sums, lengths, path, data]);
  const attributes = Buffer.alloc(14);
  attributes.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    Buffer.from([20, 3]),
    version,
    sums,
    lengths,
    attributes,
    path,
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** A function of Lambda whose handler is this source: an ES module that exports `handler`. Returns its ARN. */
export async function newFunction(name: string, source: string): Promise<string> {
  const client = new LambdaClient(direct());
  const { FunctionArn } = await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/function`,
      Timeout: 30,
      Code: { ZipFile: zipOf('index.mjs', source) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 30, minDelay: 1 }, { FunctionName: name });
  client.destroy();
  return FunctionArn!;
}
