import { Token } from 'aws-cdk-lib';
import type { CapacityProvider, CfnFunction, ICapacityProvider } from 'aws-cdk-lib/aws-lambda';
import { demand } from './errors.ts';

/**
 * Instances of yours that Lambda runs the API on (Lambda Managed Instances). One environment serves many requests at once
 * there, and those that produce at the same moment share one flush: one segment object, one head update. For steady load;
 * instances are paid for while they idle, and a function that runs on them cannot go back without a new name.
 *
 * @example
 * const capacityProvider = new CapacityProvider(this, 'Instances', { subnets: vpc.privateSubnets, securityGroups: [group] });
 * new EventPlatform(this, 'Events', { compute: { capacityProvider, requestsPerEnvironment: 64 } });
 */
export interface Compute {
  /** It must offer arm64. */
  readonly capacityProvider: ICapacityProvider | CapacityProvider;
  /** Requests at once in one environment. Default: 64. */
  readonly requestsPerEnvironment?: number;
}

/** What Lambda itself takes for a vCPU of Node. Source: AWS Lambda, "Node.js runtime for Lambda Managed Instances". */
const REQUESTS_PER_ENVIRONMENT = 64;
/** API: CapacityProviderConfig, PerExecutionEnvironmentMaxConcurrency. */
const REQUESTS_PER_ENVIRONMENT_MAX = 1_600;

/** The smallest environment there is, which has one vCPU. Source: AWS Lambda, "Best practices for Lambda Managed Instances". */
export const COMPUTE_MEMORY_MIB = 2_048;
const MEMORY_GIB_PER_VCPU = 2;

/** One thread has one vCPU; further ones would share no memory with it, and so no flushes. Source: AWS Lambda, "Node.js runtime for Lambda Managed Instances". */
export const ONE_THREAD = { AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' } as const;

/** @throws PlatformConfigError that says what to write instead */
export function checkCompute(compute: Compute): void {
  const { requestsPerEnvironment: most = REQUESTS_PER_ENVIRONMENT } = compute;
  demand(
    Token.isUnresolved(most) || (Number.isInteger(most) && most >= 1 && most <= REQUESTS_PER_ENVIRONMENT_MAX),
    `compute: ${most} is no number of requests for an environment: write a whole number from 1 to ${REQUESTS_PER_ENVIRONMENT_MAX}.`,
  );
}

/** How a function says that it runs on them. What is called by the function's name is its last published version. */
export function computeConfig(
  compute: Compute,
): Pick<CfnFunction, 'capacityProviderConfig' | 'publishToLatestPublished'> {
  return {
    publishToLatestPublished: true,
    capacityProviderConfig: {
      lambdaManagedInstancesCapacityProviderConfig: {
        capacityProviderArn: compute.capacityProvider.capacityProviderArn,
        perExecutionEnvironmentMaxConcurrency: compute.requestsPerEnvironment ?? REQUESTS_PER_ENVIRONMENT,
        executionEnvironmentMemoryGiBPerVCpu: MEMORY_GIB_PER_VCPU,
      },
    },
  };
}
