import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ExampleStack } from '../../infra/example-stack.ts';
import { Api, Auth } from '../../infra/index.ts';
import { testApp } from './apps.ts';
import { type EverythingProps, everything } from './everything.ts';

/** As the CLI gives it to the example: the flags change what the CDK makes. */
const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>;
};

/** What AwsSolutions and Serverless find in `scope`: the rule, and where. */
function findings(scope: IConstruct): string[] {
  return [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
    pack
      .validateScope(scope)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  );
}

describe('cdk-nag', () => {
  it('finds nothing in the example', () => {
    expect(findings(new ExampleStack(testApp(context), 'Millrace'))).toEqual([]);
  });

  it.each<[string, EverythingProps]>([
    ['an HTTP API', {}],
    ['an HTTP API that checks tokens', { auth: Auth.jwt({ issuer: 'https://login.example.com', audience: ['all'] }) }],
    ['an HTTP API for everybody', { auth: Auth.none() }],
    ['a REST API', { api: Api.rest() }],
    ['a REST API for everybody', { api: Api.rest(), auth: Auth.none() }],
    ['a Function URL', { api: Api.functionUrl() }],
    ['a streaming Function URL for everybody', { api: Api.functionUrl({ streaming: true }), auth: Auth.none() }],
  ])('finds nothing in a platform with everything behind %s', (_, props) => {
    expect(findings(everything(testApp(context), props).platform)).toEqual([]);
  });

  it('still finds what is put beside the platform, or in it, without a reason', () => {
    const { platform } = everything(testApp());
    new Bucket(platform, 'Careless');
    const found = findings(Stack.of(platform)).filter((one) => one.includes('/Careless/'));
    expect(found).toContain('AwsSolutions-S1 Everything/Events/Careless/Resource');
    expect(found).toContain('AwsSolutions-S10 Everything/Events/Careless/Resource');
  });
});
