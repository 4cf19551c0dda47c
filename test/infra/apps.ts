import { App } from 'aws-cdk-lib';

/**
 * An app whose templates are read, not deployed: CloudFormation's own check of them takes a second each, and is done once, in
 * package.test.ts, and by each deployment under test/aws.
 */
export function testApp(context: Readonly<Record<string, unknown>> = {}): App {
  return new App({ context, builtinCloudFormationValidation: false });
}
