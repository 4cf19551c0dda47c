import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal, User } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { Api, Auth, EventPlatform, type EventPlatformProps } from '../../infra/index.ts';
import { testApp } from './apps.ts';
import { flat, line, statementsOf } from './policies.ts';

const JWT = Auth.jwt({ issuer: 'https://login.example.com', audience: ['shop'] });

function platformOf(props: EventPlatformProps): { stack: Stack; platform: EventPlatform } {
  const stack = new Stack(testApp(), 'Stack');
  return { stack, platform: new EventPlatform(stack, 'Events', { name: 'shop', ...props }) };
}

const templateOf = (props: EventPlatformProps) => Template.fromStack(platformOf(props).stack);

/** What the API's function is told of who may ask. */
function authOf(template: Template): unknown {
  const [api] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'shop-api' } }),
  );
  return api?.Properties.Environment.Variables.MILLRACE_AUTH;
}

describe('an HTTP API', () => {
  it.each<[string, Auth, object]>([
    ['signed requests', Auth.iam(), { AuthorizationType: 'AWS_IAM' }],
    ['tokens', JWT, { AuthorizationType: 'JWT', AuthorizerId: Match.anyValue() }],
    ['everybody', Auth.none(), { AuthorizationType: 'NONE' }],
  ])('lets %s through on all paths', (_, auth, expected) => {
    const template = templateOf({ api: Api.http(), auth });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default', ...expected });
    expect(authOf(template)).toBe(auth.kind === 'none' ? 'none' : 'acl');
  });

  it('checks tokens by issuer and audience', () => {
    templateOf({ auth: JWT }).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['shop'] },
    });
  });

  it('throttles, and logs who asked for what without bodies or credentials', () => {
    const template = templateOf({ throttle: { rateLimit: 5, burstLimit: 10 } });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
      AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.stringLikeRegexp('requestId') },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/vendedlogs/millrace/shop/api',
      RetentionInDays: 30,
    });
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    expect(String(stage?.Properties.AccessLogSettings.Format)).not.toMatch(/authorization|body|token/i);
  });
});

describe('a REST API', () => {
  it.each<[string, Auth, string]>([
    ['signed requests', Auth.iam(), 'AWS_IAM'],
    ['everybody', Auth.none(), 'NONE'],
  ])('lets %s through on all paths', (_, auth, type) => {
    const template = templateOf({ api: Api.rest(), auth });
    template.resourceCountIs('AWS::ApiGateway::Method', 2);
    template.allResourcesProperties('AWS::ApiGateway::Method', { HttpMethod: 'ANY', AuthorizationType: type });
  });

  it('throttles, traces and logs; the console may not call the function', () => {
    const template = templateOf({ api: Api.rest() });
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      TracingEnabled: true,
      AccessLogSetting: { DestinationArn: Match.anyValue(), Format: Match.anyValue() },
      MethodSettings: [
        Match.objectLike({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000, LoggingLevel: 'OFF' }),
      ],
    });
    const sources = Object.values(template.findResources('AWS::Lambda::Permission')).map(({ Properties }) =>
      flat(Properties.SourceArn),
    );
    expect(sources.filter((source) => source.includes('test-invoke-stage'))).toEqual([]);
  });
});

describe('a Function URL', () => {
  it.each<[string, Auth, boolean, string, string]>([
    ['signed requests', Auth.iam(), false, 'AWS_IAM', 'BUFFERED'],
    ['signed requests, streaming answers', Auth.iam(), true, 'AWS_IAM', 'RESPONSE_STREAM'],
    ['everybody', Auth.none(), false, 'NONE', 'BUFFERED'],
  ])('takes %s', (_, auth, streaming, authType, mode) => {
    const template = templateOf({ api: Api.functionUrl({ streaming }), auth });
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: authType, InvokeMode: mode });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'shop-api',
      Handler: streaming ? 'api-stream.handler' : 'api.handler',
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  });

  it('is called by nobody but through its URL', () => {
    const { stack, platform } = platformOf({ api: Api.functionUrl() });
    platform.grantProduce('orders', new Role(stack, 'Shop', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    const granted = statementsOf(Template.fromStack(stack), 'Shop');
    expect(granted.map(({ actions, conditions }) => [actions[0], conditions])).toEqual([
      ['lambda:InvokeFunctionUrl', { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } }],
      ['lambda:InvokeFunction', { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }],
    ]);
  });
});

/** What is declared of rights, in the order of granting. */
function declared(template: Template): { resource: object; principal: unknown; operation: string }[] {
  return Object.values(template.findResources('AWS::SSM::Parameter'))
    .filter(({ Properties }) => String(Properties.Name).includes('/acls/'))
    .flatMap(({ Properties }) => JSON.parse(flat(Properties.Value)));
}

const execute = (...paths: string[]) =>
  `execute-api:Invoke | ${paths.map((path) => `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<EventsGatewayHttp>/$default/${path}`).join(' ')}`;
const lines = (template: Template, holder: string) =>
  statementsOf(template, holder).map((one) => line(one).replaceAll(/(?<=Http)[0-9A-F]{8}/g, ''));

describe('a right', () => {
  it('to produce is the requests that produce, and WRITE on the topic', () => {
    const { stack, platform } = platformOf({});
    platform.grantProduce('orders', new Role(stack, 'Shop', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    const template = Template.fromStack(stack);
    expect(lines(template, 'Shop')).toEqual([
      execute(
        'POST/topics/orders',
        'POST/topics/orders/partitions/*',
        'POST/buffered/topics/orders',
        'POST/v3/clusters/*/topics/orders/records',
        'GET/topics/orders',
        'GET/topics/orders/partitions',
      ),
    ]);
    expect(declared(template)).toEqual([
      {
        resource: { type: 'TOPIC', pattern: 'LITERAL', name: 'orders' },
        principal: expect.stringMatching(/^User:role\/<Shop[0-9A-F]{8}>$/),
        host: '*',
        operation: 'WRITE',
        permission: 'ALLOW',
      },
    ]);
  });

  it('to consume is the requests of the group, and READ on topic and group, by prefix where that is asked for', () => {
    const { stack, platform } = platformOf({});
    platform.grantConsume('ord*', 'billing', new User(stack, 'Clerk'));
    const template = Template.fromStack(stack);
    expect(lines(template, 'Clerk')).toEqual([
      execute('*/consumers/billing', '*/consumers/billing/*', 'GET/topics/ord*', 'GET/topics/ord*/*'),
    ]);
    expect(declared(template)).toMatchObject([
      { resource: { type: 'TOPIC', pattern: 'PREFIXED', name: 'ord' }, operation: 'READ' },
      { resource: { type: 'GROUP', pattern: 'LITERAL', name: 'billing' }, operation: 'READ' },
    ]);
    expect(declared(template)[0]?.principal).toMatch(/^User:user\/<Clerk/);
  });

  it("to administer is all requests, and a super user's name, for a function by its role", () => {
    const { stack, platform } = platformOf({});
    const code = Code.fromInline('exports.handler = async () => {}');
    const fn = new LambdaFunction(stack, 'Admin', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
    platform.grantAdmin(fn);
    const template = Template.fromStack(stack);
    expect(lines(template, 'AdminServiceRole')).toEqual([execute('*/*')]);
    expect(declared(template)).toEqual([]);
    const [api] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'shop-api' } }),
    );
    expect(flat(api?.Properties.Environment.Variables.MILLRACE_SUPER_USERS)).toMatch(
      /^User:root,User:role\/<AdminServiceRole/,
    );
  });

  it('of the bearer of a token is ACLs alone, under his sub', () => {
    const { stack, platform } = platformOf({ auth: JWT });
    platform.grantProduce('orders', { jwt: 'shop' }).grantAdmin({ jwt: 'boss' });
    const template = Template.fromStack(stack);
    expect(declared(template)).toMatchObject([{ principal: 'User:shop', operation: 'WRITE' }]);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'shop-api',
      Environment: { Variables: Match.objectLike({ MILLRACE_SUPER_USERS: 'User:root,User:boss' }) },
    });
  });
});
