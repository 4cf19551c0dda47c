import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, inject, test } from 'vitest';
import { readParameters } from '../../functions/parameters.ts';
import { reconcileFromParameters } from '../../functions/reconcile.ts';
import { readSecret } from '../../functions/secrets.ts';
import { openPlatform } from '../../lib/platform.ts';
import { onMiniStack } from './stores.ts';

const endpoint = inject('ministack');
const ssm = new SSMClient({ endpoint });
const secrets = new SecretsManagerClient({ endpoint });
const fresh = `${process.pid}-${Math.trunc(performance.now())}`;

const put = (name: string, thing: object) =>
  ssm.send(new PutParameterCommand({ Name: name, Value: JSON.stringify(thing), Type: 'String', Overwrite: true }));
const copy = (more: object = {}) => ({
  config: { 'connector.class': 'topic', topics: 'orders-0', 'topic.name': 'orders-1', ...more },
});

describe('a declaration in parameters', () => {
  test('is read whole, beyond one page, and each change of a parameter is later', async () => {
    const path = `/millrace/${fresh}/read`;
    for (let n = 0; n < 12; n++) await put(`${path}/topics/orders-${n}`, { partitions: 1 });
    await put(`${path}-other/topics/elsewhere`, {});
    const before = await readParameters(path, { ssm });
    expect(before.map(({ name }) => name).toSorted()).toEqual(
      Array.from({ length: 12 }, (_, n) => `topics/orders-${n}`).toSorted(),
    );
    await put(`${path}/topics/orders-3`, { partitions: 2 });
    const revisionOf = (texts: typeof before) => texts.find(({ name }) => name === 'topics/orders-3')!.revision;
    expect(revisionOf(await readParameters(path, { ssm }))).toBeGreaterThanOrEqual(revisionOf(before));
    expect(revisionOf(before)).toBeGreaterThan(1_700_000_000_000);
  });

  test('comes true, changes, and its withdrawn routes go while topics stay', async () => {
    const path = `/millrace/${fresh}/true`;
    const platform = openPlatform({ stores: await onMiniStack(), background: false });
    const read = (below: string) => readParameters(below, { ssm });
    const listed = { topics: ['orders-0', 'orders-1'], routes: ['copy'] };
    await put(`${path}/topics/orders-0`, { partitions: 2, settings: { 'retention.ms': '60000' } });
    await put(`${path}/topics/orders-1`, {});
    await put(`${path}/routes/copy`, copy());
    const made = await reconcileFromParameters(platform, path, { read, listed });
    expect(made.settled.map(({ is }) => is)).toEqual(['created', 'created', 'created']);
    await put(`${path}/routes/copy`, { ...copy({ 'tasks.max': '2' }), worker: 'arn:worker' });
    const changed = await reconcileFromParameters(platform, path, { read });
    expect(changed.settled.map(({ is }) => is)).toEqual(['kept', 'kept', 'changed']);
    expect(await platform.routes.workerOf('copy')).toBe('arn:worker');
    await reconcileFromParameters(platform, path, { read, listed: { ...listed, routes: [] } });
    // Its parameter is there until the deployment's end, and brings nothing back.
    await reconcileFromParameters(platform, path, { read });
    expect(await platform.routes.list()).toEqual([]);
    await ssm.send(new DeleteParameterCommand({ Name: `${path}/routes/copy` }));
    const after = await reconcileFromParameters(platform, path, { read });
    expect(after.settled.map(({ is }) => is)).toEqual(['kept', 'kept']);
    expect(await platform.topics.names()).toEqual(['orders-0', 'orders-1']);
    await platform.close();
  });
});

describe('secrets that routes name', () => {
  const clients = { secrets, ssm };
  const reference = (provider: 'secretsmanager' | 'ssm', name: string, key?: string) =>
    readSecret({ text: '', provider, name, key }, clients);

  test('are read by name and ARN, whole and by field, and follow a rotation', async () => {
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: `hooks/${fresh}`, SecretString: '{"token":"one","count":1}' }),
    );
    expect(await reference('secretsmanager', `hooks/${fresh}`)).toBe('{"token":"one","count":1}');
    expect(await reference('secretsmanager', ARN!, 'token')).toBe('one');
    await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: '{"token":"two","count":1}' }));
    expect(await reference('secretsmanager', ARN!, 'token')).toBe('two');
    await expect(reference('secretsmanager', ARN!, 'tokne')).rejects.toThrow('no JSON object with a field "tokne"');
    await expect(reference('secretsmanager', ARN!, 'count')).rejects.toThrow('field "count" is no text');
  });

  test('are decrypted parameters, too', async () => {
    const Name = `/hooks/${fresh}/token`;
    await ssm.send(new PutParameterCommand({ Name, Value: 'hunter2', Type: 'SecureString' }));
    expect(await reference('ssm', Name)).toBe('hunter2');
  });

  test('that are not there, or are no JSON, are told without a word of theirs', async () => {
    await expect(reference('secretsmanager', `no/${fresh}`)).rejects.toThrow();
    await expect(reference('ssm', `/no/${fresh}`)).rejects.toThrow();
    await secrets.send(new CreateSecretCommand({ Name: `plain/${fresh}`, SecretString: 'hunter2' }));
    await expect(reference('secretsmanager', `plain/${fresh}`, 'token')).rejects.toThrow(/^(?!.*hunter2)/);
  });
});
