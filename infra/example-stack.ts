import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { type IGrantable, Role, User } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { demand } from './errors.ts';
import { type Api, type Auth, EventPlatform, OnFailure, Sink } from './index.ts';
import { acknowledge } from './nag.ts';

export interface ExampleProps extends StackProps {
  readonly api?: Api;
  readonly auth?: Auth;
  /** Who may do everything over the API: `role/<name>` or `user/<name>` of this account. Default: nobody but the account itself. */
  readonly admin?: string;
  readonly removalPolicy?: RemovalPolicy;
}

/** A platform as a shop might have it: orders come in, the large ones go to a queue. */
export class ExampleStack extends Stack {
  readonly platform: EventPlatform;

  constructor(scope: Construct, id: string, props: ExampleProps = {}) {
    super(scope, id, props);
    const { removalPolicy = RemovalPolicy.RETAIN } = props;
    const safe = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;
    const unworked = new Queue(this, 'Unworked', safe);
    const large = new Queue(this, 'Large', { ...safe, deadLetterQueue: { queue: unworked, maxReceiveCount: 5 } });
    acknowledge(unworked, 'noRedrive');
    this.platform = new EventPlatform(this, 'Events', {
      name: 'shop',
      buffered: true,
      removalPolicy,
      ...(props.api && { api: props.api }),
      ...(props.auth && { auth: props.auth }),
    });
    this.platform.addTopic('orders', { partitions: 4, retention: Duration.days(30) });
    this.platform.addRoute('large', {
      topics: ['orders'],
      filter: { value: { total: [{ numeric: ['>', 100] }] } },
      to: Sink.sqs(large),
      onFailure: OnFailure.deadLetterTopic('large-dead'),
    });
    if (props.admin !== undefined) this.platform.grantAdmin(this.#admin(props.admin));
    new CfnOutput(this, 'LargeQueueUrl', { value: large.queueUrl, description: 'What route large delivers' });
  }

  /** As he is: what he may send to the API at all, his own policies must say. */
  #admin(named: string): IGrantable {
    const [, kind, name = ''] = /^(role|user)\/([\w+=,.@-]{1,64})$/.exec(named) ?? [];
    demand(kind !== undefined, `-c admin=${named}: write role/<name> or user/<name>, such as role/Admin.`);
    if (kind === 'user') return User.fromUserName(this, 'Admin', name);
    return Role.fromRoleName(this, 'Admin', name, { mutable: false });
  }
}
