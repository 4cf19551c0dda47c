import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Rules of cdk-nag (packs AwsSolutions and Serverless) that something in this folder knowingly does not follow, and why. Each is
 * acknowledged at the one construct that it is about, so that the same finding elsewhere is still told.
 */
const REASONS = {
  tracing: [
    'AwsSolutions-IAM5[Resource::*]',
    "X-Ray's two actions know no resources: the service's reference has them on * alone.",
  ],
  deadLetterQueue: ['AwsSolutions-SQS3', 'It is the dead-letter queue; an alarm watches it.'],
  noRedrive: ['Serverless-SQSRedrivePolicy', 'It is the dead-letter queue; an alarm watches it.'],
  noAccessLog: [
    'AwsSolutions-S1',
    "Only the platform's roles reach the bucket. A log of its requests would cost as much as the requests; CloudTrail's data events can be switched on where an audit asks for them.",
  ],
  noFunctionQueue: [
    'Serverless-LambdaDLQ',
    'Nothing that it is called with can be lost: callers that wait are told; queues and streams keep what failed; sources that are pushed to have an on-failure destination; deliveries and upkeep are started anew by the minute.',
  ],
  redriven: [
    'Serverless-LambdaEventSourceMappingDestination',
    'It is of a queue, whose redrive policy takes what fails; destinations are for streams alone.',
  ],
  restarted: [
    'Serverless-LambdaAsyncFailureDestination',
    'An invocation carries no event, only the word that there is work: the sweep starts it anew each minute until it is done.',
  ],
  tickAgain: ['Serverless-EventBusDLQ', 'The next tick does what a lost one would have done.'],
  anybodyHttp: ['AwsSolutions-APIG4', 'Auth.none() asks for an API without authorization.'],
  anybodyRest: [
    'AwsSolutions-COG4',
    'Requests are signed (IAM), or Auth.none() asks for an API without authorization.',
  ],
  ownValidation: [
    'AwsSolutions-APIG2',
    'The function checks every request itself, by the rules that all ways to run the platform share; bodies may be any bytes.',
  ],
  noFirewall: [
    'AwsSolutions-APIG3',
    'Whether a web ACL is worth its price is for the owner to say: it is put before `api`.',
  ],
  noConnectionLog: [
    'AwsSolutions-ELB2',
    'Its log would hold TLS connections alone, and cost a bucket; the gateways log what goes wrong. `loadBalancer.logAccessLogs(bucket)` switches it on.',
  ],
  imageToken: [
    'AwsSolutions-IAM5[Resource::*]',
    'ecr:GetAuthorizationToken knows no resources; images are pulled from the one repository that is named.',
  ],
  noExecutionLog: [
    'AwsSolutions-APIG6',
    "The execution log would hold bodies, which may be anybody's secrets; the access log and the function's own say who asked for what and how it went.",
  ],
} as const;

export type Deviation = keyof typeof REASONS;

/** Says that `scope` and what is in it deviates from these rules. */
export function acknowledge(scope: IConstruct, ...deviations: readonly Deviation[]): void {
  const rules = deviations.map((name) => ({ id: REASONS[name][0], reason: REASONS[name][1] }));
  Validations.of(scope).acknowledge(...rules);
}

/** Says that the roles in `scope` have rights on all resources that begin so, and why. */
export function acknowledgeWildcards(scope: IConstruct, resources: readonly string[], reason: string): void {
  const named = resources
    .map((resource) => textOf(Stack.of(scope).resolve(resource)))
    .filter((text) => text.includes('*'));
  Validations.of(scope).acknowledge(...named.map((text) => ({ id: `AwsSolutions-IAM5[Resource::${text}]`, reason })));
}

/** A resolved token as cdk-nag writes it: `<Bucket.Arn>/seg/*`. */
function textOf(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  if (Array.isArray(resolved)) return resolved.map(textOf).join('');
  const [[name, inner] = ['', '']] = Object.entries((resolved ?? {}) as Readonly<Record<string, unknown>>);
  if (name === 'Ref') return `<${String(inner)}>`;
  if (name === 'Fn::GetAtt') return `<${(inner as readonly string[]).join('.')}>`;
  if (name === 'Fn::Join') {
    const [separator, parts] = inner as readonly [string, readonly unknown[]];
    return parts.map(textOf).join(separator);
  }
  return '';
}
