import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LambdaRestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import {
  Code,
  FunctionUrlAuthType,
  InvokeMode,
  Function as LambdaFunction,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * The smallest stack that shows whether an emulator can carry ours: what is written to a table reaches a function by its
 * stream and goes on to a queue, and functions are reached through the API that the emulator has.
 */
const app = new App();
const stack = new Stack(app, 'Smoke');
const code = Code.fromAsset(join(import.meta.dirname, 'handlers'));
const queue = new Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(1) });
const table = new TableV2(stack, 'Table', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  dynamoStream: StreamViewType.NEW_IMAGE,
  removalPolicy: RemovalPolicy.DESTROY,
});

function handler(name: string, environment: Record<string, string> = {}): LambdaFunction {
  return new LambdaFunction(stack, name, {
    runtime: Runtime.NODEJS_24_X,
    handler: `${name}.handler`,
    code,
    timeout: Duration.seconds(3),
    environment,
  });
}

const seen = handler('seen', { QUEUE_URL: queue.queueUrl });
queue.grantSendMessages(seen);
table.grantStreamRead(seen);
seen.addEventSourceMapping('Stream', {
  eventSourceArn: table.tableStreamArn!,
  startingPosition: StartingPosition.TRIM_HORIZON,
  reportBatchItemFailures: true,
  retryAttempts: 5,
  batchSize: 10,
});

const answer = handler('answer');
const streamed = handler('streamed');
const broken = handler('broken');
const api = app.node.tryGetContext('api');
if (api === 'http') {
  const http = new HttpApi(stack, 'Api');
  http.addRoutes({ path: '/{path+}', integration: new HttpLambdaIntegration('Answer', answer) });
  new CfnOutput(stack, 'ApiId', { value: http.apiId });
  new CfnOutput(stack, 'ApiUrl', { value: http.apiEndpoint });
} else {
  const rest = new LambdaRestApi(stack, 'Api', { handler: answer });
  new CfnOutput(stack, 'ApiId', { value: rest.restApiId });
  new CfnOutput(stack, 'ApiUrl', { value: rest.url });
}
const open = { authType: FunctionUrlAuthType.NONE };
new CfnOutput(stack, 'AnswerUrl', { value: answer.addFunctionUrl(open).url });
new CfnOutput(stack, 'StreamedUrl', {
  value: streamed.addFunctionUrl({ ...open, invokeMode: InvokeMode.RESPONSE_STREAM }).url,
});
new CfnOutput(stack, 'TableName', { value: table.tableName });
new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
new CfnOutput(stack, 'AnswerName', { value: answer.functionName });
new CfnOutput(stack, 'SeenName', { value: seen.functionName });
new CfnOutput(stack, 'BrokenName', { value: broken.functionName });
