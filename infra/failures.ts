import { type IGrantable, PolicyStatement, type ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { DestinationConfig, IDestination, IEventSourceDlq } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { PlatformFunction } from './platform-function.ts';

/** The queue of failures as Lambda sends to it: with the function's own role, which may do that and nothing else there. */
class Failures implements IEventSourceDlq, IDestination {
  readonly #config: DestinationConfig;

  constructor(queue: Queue) {
    this.#config = { destination: queue.queueArn };
  }

  bind(): DestinationConfig {
    return this.#config;
  }
}

/** Where what a function could not do ends, whether it came from a stream or was invoked for it. */
export function failuresOf(worker: PlatformFunction, queue: Queue): IEventSourceDlq & IDestination {
  worker.allow(new PolicyStatement({ sid: 'TellFailures', actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
  return new Failures(queue);
}

/** Lets a service encrypt what it puts into the queue of failures, where that has a key of its owner's. */
export function letEncrypt(service: ServicePrincipal, queue: Queue): void {
  const grantee: IGrantable = service;
  queue.encryptionMasterKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
}
