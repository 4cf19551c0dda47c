import { Aws, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaRestApi,
  LogGroupLogDestination,
  MethodLoggingLevel,
} from 'aws-cdk-lib/aws-apigateway';
import { CfnStage, HttpApi, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, InvokeMode, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Api, Auth } from './auth.ts';
import { demand } from './errors.ts';
import { acknowledge } from './nag.ts';

export interface PlatformApiProps {
  readonly function: LambdaFunction;
  readonly api: Api;
  readonly auth: Auth;
  readonly name: string;
  readonly logRetention: RetentionDays;
  /** Requests per second, and at once above them, before callers are told 429. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
}

/** The public face of a platform: one of three kinds, each in front of the same function. */
export class PlatformApi extends Construct {
  /** Without a slash at the end. */
  readonly url: string;
  /** What an IAM policy names to let somebody send requests: `method` such as POST or `*`, `path` such as `/topics/orders`. */
  readonly arnFor: (method: string, path: string) => string;
  readonly #kind: Api['kind'];

  constructor(scope: Construct, id: string, props: PlatformApiProps) {
    super(scope, id);
    const { api, auth } = props;
    demand(
      auth.kind !== 'jwt' || api.kind === 'http',
      `${api.kind === 'rest' ? 'A REST API' : 'A Function URL'} cannot check JWTs: use Api.http() with Auth.jwt(), or Auth.iam().`,
    );
    demand(
      auth.kind !== 'jwt' ||
        (auth.audience.length > 0 && (Token.isUnresolved(auth.issuer) || ISSUER.test(auth.issuer))),
      "Auth.jwt needs the issuer's URL and whom its tokens are for: write Auth.jwt({ issuer: 'https://login.example.com', audience: ['events'] }).",
    );
    this.#kind = api.kind;
    const made = api.kind === 'http' ? this.#http(props) : api.kind === 'rest' ? this.#rest(props) : this.#url(props);
    this.url = made.url;
    this.arnFor = made.arnFor;
  }

  /** Lets somebody send these requests; whether the platform then does them, its ACLs say. */
  grant(grantee: IPrincipal, requests: readonly (readonly [method: string, path: string])[]): void {
    const resources = [...new Set(requests.map(([method, path]) => this.arnFor(method, path)))];
    if (this.#kind !== 'url') {
      grantee.addToPrincipalPolicy(new PolicyStatement({ actions: ['execute-api:Invoke'], resources }));
      return;
    }
    // Both are needed, and neither lets anybody invoke the function but by its URL.
    // Source: AWS Lambda, "Control access to Lambda function URLs".
    grantee.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunctionUrl'],
        resources,
        conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
      }),
    );
    grantee.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources,
        conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      }),
    );
  }

  #http(props: PlatformApiProps): { url: string; arnFor: PlatformApi['arnFor'] } {
    const api = new HttpApi(this, 'Http', {
      apiName: props.name,
      description: `Events of ${props.name}`,
      defaultIntegration: new HttpLambdaIntegration('Api', props.function),
      ...authorizerOf(props.auth),
    });
    if (props.auth.kind === 'none') acknowledge(api, 'anybodyHttp');
    const stage = api.defaultStage?.node.defaultChild;
    if (stage instanceof CfnStage) {
      stage.accessLogSettings = { destinationArn: this.#accessLog(props).logGroupArn, format: ACCESS_LOG_FORMAT };
      stage.defaultRouteSettings = {
        throttlingRateLimit: props.throttle.rateLimit,
        throttlingBurstLimit: props.throttle.burstLimit,
      };
    }
    return { url: api.apiEndpoint, arnFor: (method, path) => this.#executeArn(api.apiId, '$default', method, path) };
  }

  #rest(props: PlatformApiProps): { url: string; arnFor: PlatformApi['arnFor'] } {
    const log = this.#accessLog(props);
    const api = new LambdaRestApi(this, 'Rest', {
      restApiName: props.name,
      handler: props.function,
      proxy: true,
      // The console's test button would have a right of its own to call the function.
      integrationOptions: { allowTestInvoke: false },
      endpointTypes: [EndpointType.REGIONAL],
      // Keys, values and answers may be any bytes.
      binaryMediaTypes: ['application/octet-stream'],
      cloudWatchRole: false,
      defaultMethodOptions: {
        authorizationType: props.auth.kind === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE,
      },
      deployOptions: {
        stageName: 'v1',
        tracingEnabled: true,
        loggingLevel: MethodLoggingLevel.OFF,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
        throttlingRateLimit: props.throttle.rateLimit,
        throttlingBurstLimit: props.throttle.burstLimit,
      },
    });
    acknowledge(api, 'anybodyRest', 'ownValidation', 'noFirewall', 'noExecutionLog');
    if (props.auth.kind === 'none') acknowledge(api, 'anybodyHttp');
    return {
      url: `https://${api.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/v1`,
      arnFor: (method, path) => this.#executeArn(api.restApiId, 'v1', method, path),
    };
  }

  #url(props: PlatformApiProps): { url: string; arnFor: PlatformApi['arnFor'] } {
    const streaming = props.api.kind === 'url' && props.api.streaming;
    const url = props.function.addFunctionUrl({
      authType: props.auth.kind === 'iam' ? FunctionUrlAuthType.AWS_IAM : FunctionUrlAuthType.NONE,
      invokeMode: streaming ? InvokeMode.RESPONSE_STREAM : InvokeMode.BUFFERED,
    });
    // A Function URL knows no paths: who may call it may ask for anything, and the ACLs decide.
    return { url: url.url, arnFor: () => props.function.functionArn };
  }

  #accessLog({ name, logRetention }: PlatformApiProps): ILogGroup {
    return new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/millrace/${name}/api`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #executeArn(apiId: string, stage: string, method: string, path: string): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: apiId,
      resourceName: `${stage}/${method}${path}`,
    });
  }
}

/** Tokens go over TLS; an issuer on the machine itself is one of a test. */
const ISSUER = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/])/;

/** Who asked for what and how it went; no bodies, no credentials. */
const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.caller',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  ms: '$context.responseLatency',
  bytes: '$context.responseLength',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
});

function authorizerOf(auth: Auth): { readonly defaultAuthorizer?: IHttpRouteAuthorizer } {
  if (auth.kind === 'iam') return { defaultAuthorizer: new HttpIamAuthorizer() };
  if (auth.kind === 'none') return {};
  return { defaultAuthorizer: new HttpJwtAuthorizer('Jwt', auth.issuer, { jwtAudience: [...auth.audience] }) };
}
