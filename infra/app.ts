/**
 * The app that `cdk.json` names: a complete example. Settings come as context: `cdk deploy -c admin=role/Admin -c api=rest`.
 */
import { App, RemovalPolicy } from 'aws-cdk-lib';
import { demand, PlatformConfigError } from './errors.ts';
import { ExampleStack } from './example-stack.ts';
import { Api, Auth } from './index.ts';

const APIS = {
  http: Api.http(),
  rest: Api.rest(),
  url: Api.functionUrl(),
  stream: Api.functionUrl({ streaming: true }),
};
const AUTHS = { iam: Auth.iam(), none: Auth.none() };

const app = new App();
try {
  const admin = app.node.tryGetContext('admin') as string | undefined;
  new ExampleStack(app, 'Millrace', {
    api: chosen('api', APIS, 'http'),
    auth: chosen('auth', AUTHS, 'iam'),
    ...(admin !== undefined && { admin }),
    removalPolicy: chosen('data', { keep: RemovalPolicy.RETAIN, destroy: RemovalPolicy.DESTROY }, 'keep'),
  });
} catch (thrown) {
  // What was asked for cannot be, and the sentence says so: where in the code it was found would only hide it.
  if (!(thrown instanceof PlatformConfigError)) throw thrown;
  console.error(thrown.message);
  // At once: what stands half would be synthesized otherwise.
  process.exit(1);
}

function chosen<T>(name: string, values: Readonly<Record<string, T>>, usual: string): T {
  const given = String(app.node.tryGetContext(name) ?? usual);
  const value = values[given];
  demand(value !== undefined, `-c ${name}=${given}: write one of ${Object.keys(values).join(', ')}.`);
  return value as T;
}
