import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Entry } from './bundle.ts';
import { COMPUTE_MEMORY_MIB, type Compute, computeConfig, ONE_THREAD } from './compute.ts';
import { acknowledge, acknowledgeWildcards } from './nag.ts';
import { WILDCARD_REASONS } from './rights.ts';

/** What all functions of a platform have in common. */
export interface FunctionDefaults {
  /** Begins the functions' names. */
  readonly platform: string;
  readonly code: Code;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
}

export interface PlatformFunctionProps {
  readonly defaults: FunctionDefaults;
  /** Which of the functions it is. */
  readonly entry: Entry;
  /** Behind the platform's name. Default: the entry. */
  readonly name?: string;
  readonly description: string;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly rights: readonly PolicyStatement[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it starts itself anew on purpose. */
  readonly startsItself?: boolean;
  /** Instances that run it. Default: Lambda's own. */
  readonly compute?: Compute | undefined;
}

/** A function's name on AWS has 64 characters at most. Source: AWS Lambda API, CreateFunction. */
export const FUNCTION_NAME_CHARS_MAX = 64;

/**
 * One Lambda of the platform: a role of its own with the rights given and no others, a log group that forgets, tracing, and
 * the one bundle that all of them share.
 */
export class PlatformFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: PlatformFunctionProps) {
    super(scope, id);
    const { defaults, entry, compute } = props;
    const functionName = `${defaults.platform}-${props.name ?? entry}`;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: defaults.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionName} may do`,
    });
    this.allow(...props.rights);
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: props.description,
      code: defaults.code,
      handler: `${entry}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: compute ? COMPUTE_MEMORY_MIB : props.memoryMiB,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      // Else Lambda ends a chain of some sixteen invocations. Source: AWS Lambda, "recursive loop detection".
      ...(props.startsItself === true && { recursiveLoop: RecursiveLoop.ALLOW }),
      environment: {
        ...defaults.environment,
        POWERTOOLS_SERVICE_NAME: functionName,
        POWERTOOLS_METRICS_NAMESPACE: 'Millrace',
        ...(compute && ONE_THREAD),
        ...props.environment,
      },
    });
    const resource = this.function.node.defaultChild;
    if (compute && resource instanceof CfnFunction) Object.assign(resource, computeConfig(compute));
    logGroup.grantWrite(this.role);
    acknowledge(this.role, 'tracing');
    acknowledge(this.function, 'noFunctionQueue');
  }

  /** Rights beyond those that it was made with. Why one names many resources must stand in WILDCARD_REASONS. */
  allow(...rights: readonly PolicyStatement[]): void {
    for (const right of rights) {
      this.role.addToPolicy(right);
      const reason = WILDCARD_REASONS[right.sid ?? ''];
      if (reason !== undefined) acknowledgeWildcards(this.role, right.resources, reason);
    }
  }
}
