import { expect, test } from 'vitest';
import { pathOf } from '../../lib/http/openapi/document.ts';
import { client, services } from './world.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly { name: string }[] }>>>
  >;
}

const over = services();
const { app, get } = client(over, { clusterId: 'mine' });

async function document(): Promise<Document> {
  return (await get('/openapi.json')).body as Document;
}

test('the OpenAPI document has every request that the app answers, and no other', async () => {
  const { openapi, paths } = await document();
  const told = Object.entries(paths).flatMap(([path, of]) => Object.keys(of).map((method) => `${method} ${path}`));
  const registered = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method.toLowerCase()} ${pathOf(path)}`);
  expect(openapi).toBe('3.1.1');
  expect(told.sort()).toEqual([...new Set(registered)].sort());
});

test('each name in a path is a parameter, once', async () => {
  for (const [path, of] of Object.entries((await document()).paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    for (const { parameters = [] } of Object.values(of)) {
      const told = parameters.map(({ name }) => name);
      expect(told.slice(0, names.length)).toEqual(names);
      expect(new Set(told).size).toBe(told.length);
    }
  }
});

test('bodies are described by what handlers parse with', async () => {
  const text = JSON.stringify(await document());
  for (const word of [
    'partitions_count',
    'auto.offset.reset',
    'dry_run',
    'stored_key',
    '"enum":["mine"]',
    'kafka_offset',
  ]) {
    expect(text).toContain(word);
  }
});
