import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** What the rights are about. */
export interface Data {
  readonly table: Table;
  readonly bucket: Bucket;
  readonly key: IKey | undefined;
}

/** Keys of items, `*` at the end for all that begin so: see the table of items in docs/architecture.md. */
type Keys = readonly string[];

const READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'];
const DELETE = ['dynamodb:DeleteItem'];

/** Segment objects; small ones are items. */
const OBJECTS = 'seg/*';

/** To read events: topics, ledgers, objects. */
const LOG_KEYS: Keys = ['topics', 'ledger/*', 'object/*'];
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
      this.#objects('ReadObjects', ['s3:GetObject'], OBJECTS),
      // Without it, an object that is not there answers 403 in place of 404.
      this.#list(),
    ];
  }

  /** Events, written: objects put, heads moved, pages rolled, idempotency keys kept. */
  appendLog(): PolicyStatement[] {
    return [
      this.#items('AppendLog', [...READ, ...WRITE], ['ledger/*', 'object/*', 'once/*']),
      this.#objects('PutObjects', ['s3:PutObject', 's3:AbortMultipartUpload'], OBJECTS),
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
    ];
  }

  /** Routes, leases and positions, read; and the note that something happens. */
  dispatch(): PolicyStatement[] {
    return [
      this.#items('ReadRoutes', READ, ['routes', 'route/*', ...GROUP_KEYS]),
      this.#items('NoteAwake', [...READ, ...WRITE], ['upkeep']),
    ];
  }

  /** The log's upkeep: pages replaced, objects merged and deleted. */
  tend(): PolicyStatement[] {
    return [
      this.#items(
        'TendItems',
        [...READ, ...WRITE, ...DELETE],
        ['ledger/*', 'object/*', 'condemned', 'topics', 'upkeep'],
      ),
      this.#objects('TendObjects', ['s3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject'], OBJECTS),
      this.#objects('Catalog', ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], 'catalog/*'),
    ];
  }

  /** With a key of the owner's, all that touches data needs it. */
  useKey(): PolicyStatement[] {
    const { key } = this.#data;
    if (!key) return [];
    return [
      new PolicyStatement({
        sid: 'UseKey',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [key.keyArn],
      }),
    ];
  }

  #items(sid: string, actions: readonly string[], keys: Keys): PolicyStatement {
    return new PolicyStatement({
      sid,
      actions: [...actions],
      resources: [this.#data.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] } },
    });
  }

  #objects(sid: string, actions: readonly string[], prefix: string): PolicyStatement {
    return new PolicyStatement({
      sid,
      actions: [...actions],
      resources: [this.#data.bucket.arnForObjects(prefix)],
    });
  }

  #list(): PolicyStatement {
    return new PolicyStatement({
      sid: 'ListObjects',
      actions: ['s3:ListBucket'],
      resources: [this.#data.bucket.bucketArn],
    });
  }
}

/** To be started: functions of this platform by the beginning of their names, or by one name. */
export function invokeByName(scope: Construct, name: string, { exactly = false } = {}): PolicyStatement {
  return new PolicyStatement({
    sid: 'StartDeliveries',
    actions: ['lambda:InvokeFunction'],
    resources: [
      Stack.of(scope).formatArn({
        service: 'lambda',
        resource: 'function',
        resourceName: exactly ? name : `${name}*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });
}
