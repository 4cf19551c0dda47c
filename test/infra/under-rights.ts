import type { MetaStore, ObjectStore, Stores, Write } from '../../lib/store/index.ts';
import type { Statement } from './policies.ts';

/** What a function asked for though its role does not let it: `dynamodb:PutItem ledger/…`. */
export type Denied = string[];

const WRITE_ACTIONS: Readonly<Record<Write['write'], string>> = {
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  delete: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
};

/**
 * Stores that do what a role's statements allow, as IAM would: each call of the ports as the requests that the stores on AWS make
 * of it (lib/store/aws), each item of a transaction by its own right. What is refused fails, and is written down.
 */
export function underRights(inner: Stores, statements: readonly Statement[]): { stores: Stores; denied: Denied } {
  const denied: Denied = [];
  const demand = (action: string, on: string, allowed: (statement: Statement) => boolean) => {
    if (statements.some((statement) => statement.actions.includes(action) && allowed(statement))) return;
    denied.push(`${action} ${on}`);
    throw new Error(`AccessDenied: ${action} on ${on}`);
  };
  const item = (action: string, pk: string) => {
    demand(action, pk, ({ conditions }) =>
      [conditions['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []].flat().some((like) => isLike(pk, like)),
    );
  };
  const object = (action: string, key: string) => {
    demand(action, key, ({ resources }) =>
      resources.some((resource) => isLike(`/${key}`, resource.replace(/^<.*>/, ''))),
    );
  };
  const list = () =>
    demand('s3:ListBucket', 'the bucket', ({ resources }) => resources.some((one) => one.endsWith('.Arn>')));

  const objects: ObjectStore = {
    put: async (key, parts) => {
      object('s3:PutObject', key);
      return inner.objects.put(key, parts);
    },
    get: async (key, from, to) => {
      object('s3:GetObject', key);
      return inner.objects.get(key, from, to);
    },
    size: async (key) => {
      object('s3:GetObject', key);
      return inner.objects.size(key);
    },
    delete: async (keys) => {
      for (const key of keys) object('s3:DeleteObject', key);
      return inner.objects.delete(keys);
    },
    list: async (prefix, options) => {
      list();
      return inner.objects.list(prefix, options);
    },
  };
  const items: MetaStore = {
    get: async (key, options) => {
      item('dynamodb:GetItem', key.pk);
      return inner.items.get(key, options);
    },
    getMany: async (keys, options) => {
      for (const { pk } of keys) item('dynamodb:BatchGetItem', pk);
      return inner.items.getMany(keys, options);
    },
    query: async (pk, options) => {
      item('dynamodb:Query', pk);
      return inner.items.query(pk, options);
    },
    write: async (write) => {
      item(WRITE_ACTIONS[write.write], write.key.pk);
      return inner.items.write(write);
    },
    transact: async (writes) => {
      for (const { write, key } of writes) item(WRITE_ACTIONS[write], key.pk);
      return inner.items.transact(writes);
    },
  };
  return { stores: { objects, items, close: async () => {} }, denied };
}

/** IAM's StringLike, for a `*` at the end. */
function isLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
