import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { EventPlatform, type MonitoringProps, Sink } from '../../infra/index.ts';
import { testApp } from './apps.ts';
import { flat } from './policies.ts';

function monitored(monitoring: (stack: Stack) => MonitoringProps = () => ({})): Template {
  const stack = new Stack(testApp(), 'Stack');
  const platform = new EventPlatform(stack, 'Events', { name: 'shop', buffered: true, monitoring: monitoring(stack) });
  platform.addTopic('orders').addRoute('late', { topics: ['orders'], to: Sink.sqs(new Queue(stack, 'Queue')) });
  return Template.fromStack(stack);
}

function alarms(template: Template): Record<string, unknown>[] {
  return Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
}

describe('the alarms of a platform', () => {
  it('watch age, failures, dead letters, errors, throttles and buffered produce; at rest they are silent', () => {
    const found = alarms(monitored());
    expect(found.map(({ MetricName, Threshold }) => `${MetricName} >= ${Threshold}`).sort()).toEqual([
      'ApproximateAgeOfOldestMessage >= 900',
      'ApproximateNumberOfMessagesVisible >= 1',
      'ApproximateNumberOfMessagesVisible >= 1',
      'Errors >= 1',
      'Errors >= 1',
      'RouteDeadLetters >= 1',
      'RouteFailedTasks >= 1',
      'RouteOldestUndelivered >= 900000',
      'Throttles >= 1',
    ]);
    for (const { TreatMissingData, AlarmDescription, ComparisonOperator } of found) {
      expect(TreatMissingData).toBe('notBreaching');
      expect(ComparisonOperator).toBe('GreaterThanOrEqualToThreshold');
      expect(flat(AlarmDescription)).toMatch(/\.$/);
    }
  });

  it('look at metrics as the functions write them', () => {
    const template = monitored();
    const dimensions = (service: string) => [
      { Name: 'route', Value: 'late' },
      { Name: 'service', Value: service },
    ];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Millrace',
      MetricName: 'RouteOldestUndelivered',
      Dimensions: dimensions('shop-tend'),
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Millrace',
      MetricName: 'RouteDeadLetters',
      Dimensions: dimensions('shop-deliver-late'),
    });
    for (const name of ['shop-tend', 'shop-deliver-late']) {
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: name,
        Environment: {
          Variables: Match.objectLike({ POWERTOOLS_SERVICE_NAME: name, POWERTOOLS_METRICS_NAMESPACE: 'Millrace' }),
        },
      });
    }
  });

  it('tell whom they are to tell, and wait for as long as they are to wait', () => {
    const template = monitored((stack) => ({
      actions: [new SnsAction(new Topic(stack, 'Told'))],
      oldestUndelivered: Duration.hours(1),
    }));
    for (const { AlarmActions } of alarms(template)) expect(flat(AlarmActions)).toMatch(/^<Told[0-9A-F]{8}>$/);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'RouteOldestUndelivered',
      Threshold: 3_600_000,
    });
  });

  it('are left out, and the dashboard, where that is asked for', () => {
    const template = monitored(() => ({ alarms: false, dashboard: false }));
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });
});

describe('the dashboard of a platform', () => {
  it("shows its functions, its routes' lag and age, and its dead letters", () => {
    const [dashboard] = Object.values(monitored().findResources('AWS::CloudWatch::Dashboard'));
    expect(dashboard?.Properties.DashboardName).toBe('shop');
    const body = flat(dashboard?.Properties.DashboardBody);
    const { widgets } = JSON.parse(body) as {
      readonly widgets: readonly { readonly properties: { readonly title?: string } }[];
    };
    expect(widgets.flatMap(({ properties }) => properties.title ?? [])).toEqual([
      'Errors',
      'Throttles',
      'Duration, p99',
      'Invocations',
      'Buffered: oldest',
      'Buffered: dead letters',
      'late: waiting',
      'late: failures',
    ]);
    for (const metric of ['RouteLag', 'RouteOldestUndelivered', 'RouteFailedTasks', 'RouteDeadLetters'])
      expect(body).toContain(metric);
  });
});
