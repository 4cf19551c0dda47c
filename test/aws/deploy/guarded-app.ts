/** A platform whose API asks for tokens, and three who have rights on it. Context: `issuer`. */
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Api, Auth, EventPlatform } from '../../../infra/index.ts';

const app = new App();
const issuer = String(app.node.tryGetContext('issuer') ?? 'http://127.0.0.1:9');
const stack = new Stack(app, 'Guarded');
const platform = new EventPlatform(stack, 'Events', {
  name: 'guarded',
  api: Api.http(),
  auth: Auth.jwt({ issuer, audience: ['events'] }),
  removalPolicy: RemovalPolicy.DESTROY,
});
platform.addTopic('orders', { partitions: 1 });
platform.addTopic('secrets', { partitions: 1 });
platform.grantProduce('orders', { jwt: 'shop' });
platform.grantConsume('orders', 'billing', { jwt: 'desk' });
platform.grantAdmin({ jwt: 'boss' });
