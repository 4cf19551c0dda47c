import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** What the rights are about. */
export interface Data {
  readonly table: Table;
  /** The bucket of segment objects; or the name of a directory bucket (S3 Express One Zone). */
  readonly bucket: Bucket | string;
  readonly key: IKey | undefined;
}

/**
 * What whoever uses a table needs of its key; buckets and queues need two of these. Source: Amazon DynamoDB, "Using a customer
 * managed key", where they are written with wildcards.
 */
export const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What Lambda needs to read a table's stream. Source: AWS Lambda, "Process Amazon DynamoDB records with Lambda". */
const STREAM_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

/** Keys of items, `*` at the end for all that begin so: see the table of items in docs/architecture.md. */
type Keys = readonly string[];

const READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'];
const DELETE = ['dynamodb:DeleteItem'];

/** Segment objects; small ones are items. */
const OBJECTS = 'seg/*';

/** To read events: topics, ledgers, objects, and how transactions end. */
const LOG_KEYS: Keys = ['topics', 'ledger/*', 'object/*', 'txn/*'];
/** Groups, their members and offsets. */
const GROUP_KEYS: Keys = ['groups', 'group/*'];

/**
 * Rights to a platform's data, by what a function does. Each names the items by their partition keys
 * (`dynamodb:LeadingKeys`) and the objects by their prefix. Source: Amazon DynamoDB, "Using IAM policy conditions for
 * fine-grained access control".
 */
export class Rights {
  readonly #data: Data;

  constructor(data: Data) {
    this.#data = data;
  }

  /** Topics and events, read. */
  readLog(): PolicyStatement[] {
    return [
      this.#items('ReadLog', READ, LOG_KEYS),
      ...this.#objects('ReadObjects', ['s3:GetObject'], OBJECTS),
      // Without it, an object that is not there answers 403 in place of 404.
      ...this.#list(),
      ...this.#session('ReadOnly'),
    ];
  }

  /** Events, written: objects put, heads moved, pages rolled, idempotency keys kept. */
  appendLog(): PolicyStatement[] {
    return [
      this.#items('AppendLog', [...READ, ...WRITE], ['ledger/*', 'object/*', 'once/*']),
      ...this.#objects('PutObjects', ['s3:PutObject', 's3:AbortMultipartUpload'], OBJECTS),
      ...this.#session('ReadWrite'),
    ];
  }

  /** Topics and routes made, changed and deleted; groups, their members and offsets; ACLs. */
  administer(): PolicyStatement[] {
    return [
      this.#items(
        'Administer',
        [...READ, ...WRITE, ...DELETE],
        ['topics', 'ledger/*', 'routes', 'route/*', 'acls', ...GROUP_KEYS],
      ),
      this.#items('Health', ['dynamodb:GetItem'], ['health']),
    ];
  }

  /** What Kafka clients ask for beside events: topics made and changed, groups, ACLs, users, their passwords and quotas; producers' ids; and the gateways' own items. */
  serveKafka(): PolicyStatement[] {
    return [
      this.#items(
        'ServeKafka',
        [...READ, ...WRITE, ...DELETE],
        ['topics', 'ledger/*', 'acls', 'users', 'quotas', 'gateways', 'producers', 'txn/*', ...GROUP_KEYS],
      ),
    ];
  }

  /** What the template declared last. */
  declare(): PolicyStatement[] {
    return [this.#items('Declared', [...READ, ...WRITE, ...DELETE], ['declared'])];
  }

  /** One route's lease and positions; nobody else's. Without a name, those of all routes. */
  deliver(route?: string): PolicyStatement[] {
    const keys = [`route/${route ?? '*'}`, `group/route.${route ?? '*'}`];
    return [
      this.#items('ReadRoutes', READ, ['routes']),
      this.#items('Deliver', [...READ, ...WRITE], [...keys, 'groups']),
      // A lease is given back under the condition that no head has moved since.
      this.#items('CheckHeads', ['dynamodb:ConditionCheckItem'], ['ledger/*']),
    ];
  }

  /** Routes, leases and positions, read; and the note that something happens. */
  dispatch(): PolicyStatement[] {
    return [
      this.#items('ReadRoutes', READ, ['routes', 'route/*', ...GROUP_KEYS]),
      this.#items('NoteAwake', [...READ, ...WRITE], ['upkeep']),
    ];
  }

  /** The log's upkeep: pages replaced, objects merged and deleted; transactions ended that took too long. */
  tend(): PolicyStatement[] {
    return [
      // Kept in the catalog: what a password must match, never a password.
      this.#items('ReadUsers', READ, ['users', 'quotas']),
      this.#items(
        'TendItems',
        [...READ, ...WRITE, ...DELETE],
        ['ledger/*', 'object/*', 'condemned', 'topics', 'upkeep', 'txn/*', ...GROUP_KEYS],
      ),
      ...this.#objects('TendObjects', ['s3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject'], OBJECTS),
      ...this.#objects('Catalog', ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], 'catalog/*'),
    ];
  }

  /** With a key of the owner's, all that touches data needs it. */
  useKey(): PolicyStatement[] {
    const { key } = this.#data;
    if (!key) return [];
    return [new PolicyStatement({ sid: 'UseKey', actions: TABLE_KEY_ACTIONS, resources: [key.keyArn] })];
  }

  #items(sid: string, actions: readonly string[], keys: Keys): PolicyStatement {
    return new PolicyStatement({
      sid,
      actions: [...actions],
      resources: [this.#data.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] } },
    });
  }

  #objects(sid: string, actions: string[], prefix: string): PolicyStatement[] {
    const { bucket } = this.#data;
    if (typeof bucket === 'string') return [];
    return [new PolicyStatement({ sid, actions, resources: [bucket.arnForObjects(prefix)] })];
  }

  #list(): PolicyStatement[] {
    const { bucket } = this.#data;
    if (typeof bucket === 'string') return [];
    return [new PolicyStatement({ sid: 'ListObjects', actions: ['s3:ListBucket'], resources: [bucket.bucketArn] })];
  }

  /**
   * A directory bucket has one right for all requests: to a session, which reads or writes too. Source: S3 User Guide, "IAM
   * identity-based policies for the Zonal endpoint APIs".
   */
  #session(mode: 'ReadOnly' | 'ReadWrite'): PolicyStatement[] {
    const { bucket, table } = this.#data;
    if (typeof bucket !== 'string') return [];
    return [
      new PolicyStatement({
        sid: `Session${mode}`,
        actions: ['s3express:CreateSession'],
        resources: [Stack.of(table).formatArn({ service: 's3express', resource: 'bucket', resourceName: bucket })],
        conditions: { StringEquals: { 's3express:SessionMode': mode } },
      }),
    ];
  }
}

/** To read the stream of a table. */
export function readStream({ tableArn, tableStreamArn }: ITable | Table): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'ReadStream',
      actions: STREAM_ACTIONS,
      resources: [tableStreamArn ?? `${tableArn}/stream/*`],
    }),
    new PolicyStatement({ sid: 'ListStreams', actions: ['dynamodb:ListStreams'], resources: [`${tableArn}/stream/*`] }),
  ];
}

/** To start functions of this platform, by their names; `*` at the end for all that begin so. */
export function invokeByName(scope: Construct, ...names: readonly string[]): PolicyStatement {
  const resources = names.map((resourceName) =>
    Stack.of(scope).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  return new PolicyStatement({ sid: 'StartDeliveries', actions: ['lambda:InvokeFunction'], resources });
}

/** Why rights name some resources by how they begin, by the statements' names. */
export const WILDCARD_REASONS: Readonly<Record<string, string>> = {
  ReadObjects: "Segment objects of the platform's own bucket: their names are made as they are written.",
  PutObjects: "Segment objects of the platform's own bucket: their names are made as they are written.",
  TendObjects: "Segment objects of the platform's own bucket: their names are made as they are written.",
  Catalog: "Catalogs in the platform's own bucket: their names are made as they are written.",
  ListStreams: 'The streams of one table: the name of a stream ends in the time at which it was made.',
  StartDeliveries: "The platform's own delivering functions, one for each route, by the beginning of their names.",
  ReadDeclaration: 'The parameters below the path of this platform.',
};
