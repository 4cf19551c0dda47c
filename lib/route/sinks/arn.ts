/** What an ARN says: `arn:<partition>:<service>:<region>:<account>:<resource>`. */
export interface Arn {
  readonly text: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/**
 * A setting that takes the ARN of one kind of thing.
 *
 * @example
 * const parse = arnOf('lambda', /^function:[\w-]+$/, 'arn:aws:lambda:us-east-1:123456789012:function:orders');
 * parse('arn:aws:lambda:eu-west-1:123456789012:function:mails').region; // eu-west-1
 */
export function arnOf(service: string, resource: RegExp, example: string): (text: string) => Arn {
  return (text) => {
    const found = /^arn:(aws[a-z-]*):([a-z-]+):([a-z0-9-]+):(\d{12}):(.+)$/.exec(text);
    const [, partition = '', named, region = '', account = '', rest = ''] = found ?? [];
    if (named !== service || !resource.test(rest)) throw new Error(`it takes an ARN such as ${example}`);
    return { text, partition, region, account };
  };
}
