import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseDeclaration } from '../../lib/declaration/index.ts';
import { testApp } from './apps.ts';
import { everything } from './everything.ts';
import { flat } from './policies.ts';

interface Parameter {
  readonly Properties: { readonly Name: string; readonly Value: unknown; readonly Tier: string };
}

const PATH = '/millrace/all/';

describe('what a template declares', () => {
  const template = Template.fromStack(Stack.of(everything(testApp()).platform));
  const parameters = Object.entries(template.findResources('AWS::SSM::Parameter')) as [string, Parameter][];
  const [[, resource] = ['', undefined]] = Object.entries(template.findResources('Custom::MillraceDeclaration'));
  const listed = {
    topics: resource?.Properties.topics as string[],
    routes: resource?.Properties.routes as string[],
    acls: resource?.Properties.acls as string[],
  };

  it('is what the platform reads: nothing of it is refused, and all that is listed is there', () => {
    const texts = parameters.map(([, { Properties }]) => ({
      name: Properties.Name.slice(PATH.length),
      text: flat(Properties.Value),
      revision: 1,
    }));
    const { topics, routes, acls, problems } = parseDeclaration(texts, { readMs: 1, listed });
    expect(problems).toEqual([]);
    expect([...topics.keys()].sort()).toEqual(['changes.dead', 'clicks.dead', 'copies', 'hook.dead', 'orders']);
    expect(topics.get('orders')?.thing).toEqual({ partitions: 8, settings: { 'retention.ms': '2592000000' } });
    expect(routes.size).toBe(15);
    expect(acls.size).toBe(3);
  });

  it('names the function of each route as it will be called', () => {
    const route = parameters.find(([, { Properties }]) => Properties.Name === `${PATH}routes/hook`)?.[1];
    const [, functionId] = /"worker":"<(\w+)>"/.exec(flat(route?.Properties.Value)) ?? [];
    const functions = template.findResources('AWS::Lambda::Function');
    expect(functions[functionId ?? '']?.Properties.FunctionName).toBe('all-deliver-hook');
  });

  it('holds no secret, only where it is', () => {
    const route = parameters.find(([, { Properties }]) => Properties.Name === `${PATH}routes/hook`)?.[1];
    expect(flat(route?.Properties.Value)).toMatch(/"webhook\.secret":"\$\{secretsmanager:<AroundSecret[0-9A-F]{8}>\}"/);
  });

  it('costs nothing, and is reconciled once all of it is there and the function may', () => {
    for (const [, { Properties }] of parameters) expect(Properties.Tier).toBe('Standard');
    const before = resource?.DependsOn as string[];
    expect(before).toEqual(expect.arrayContaining(parameters.map(([id]) => id)));
    expect(before.some((id) => id.startsWith('EventsReconcileRoleDefaultPolicy'))).toBe(true);
  });
});
