import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface MonitoringProps {
  /** Default: true. The first three dashboards of an account cost nothing. */
  readonly dashboard?: boolean;
  /** Default: true. The first ten alarms of an account cost nothing, each further one $0.10 a month. */
  readonly alarms?: boolean;
  /** Whom alarms tell, such as `new SnsAction(topic)`. Default: nobody, they only show. */
  readonly actions?: readonly IAlarmAction[];
  /** How old the oldest undelivered event of a route may be. Default: 15 minutes. */
  readonly oldestUndelivered?: Duration;
}

interface Watched extends MonitoringProps {
  readonly platform: string;
  /** Those whose errors nothing else tells of, by what their alarms are called. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly failures: Queue;
  /** Of buffered produce: what waits, and what could not be stored. */
  readonly ingest: { readonly queue: Queue; readonly dead: Queue } | undefined;
}

const NAMESPACE = 'Millrace';
const PERIOD = Duration.minutes(5);
const OLDEST_UNDELIVERED = Duration.minutes(15);

/** A dashboard and alarms: lag, errors, age of the oldest undelivered event, throttles, dead letters. */
export class Monitoring extends Construct {
  readonly dashboard: Dashboard | undefined;
  readonly #props: Watched;

  constructor(scope: Construct, id: string, props: Watched) {
    super(scope, id);
    this.#props = props;
    if (props.dashboard !== false) {
      this.dashboard = new Dashboard(this, 'Dashboard', {
        dashboardName: props.platform,
        defaultInterval: Duration.hours(3),
      });
    }
    this.#watchFunctions();
  }

  /** Adds a route's graphs and alarms. */
  watchRoute(route: string): void {
    const { platform, oldestUndelivered = OLDEST_UNDELIVERED } = this.#props;
    const deadLetters = new Metric({
      namespace: NAMESPACE,
      metricName: 'RouteDeadLetters',
      dimensionsMap: { service: `${platform}-deliver-${route}`, route },
      statistic: Stats.SUM,
      period: PERIOD,
    });
    this.dashboard?.addWidgets(
      this.#graph(
        `${route}: waiting`,
        [this.#route('RouteLag', route)],
        [this.#route('RouteOldestUndelivered', route)],
      ),
      this.#graph(`${route}: failures`, [this.#route('RouteFailedTasks', route), deadLetters]),
    );
    this.#alarm(`${route}-Late`, this.#route('RouteOldestUndelivered', route), {
      threshold: oldestUndelivered.toMilliseconds(),
      periods: 1,
      says: `Route ${route} has events that wait for longer than ${oldestUndelivered.toHumanString()}.`,
    });
    this.#alarm(`${route}-Failed`, this.#route('RouteFailedTasks', route), {
      threshold: 1,
      periods: 1,
      says: `Route ${route} has a task that stopped: its status says at which event and why.`,
    });
    this.#alarm(`${route}-DeadLetters`, deadLetters, {
      threshold: 1,
      periods: 1,
      says: `Route ${route} has put events among its dead letters, or dropped them.`,
    });
  }

  /** Graphs of all functions by the beginning of their names; alarms over those that no route's own alarms watch. */
  #watchFunctions(): void {
    const { platform, functions, failures } = this.#props;
    const all = (title: string, metricName: string, statistic: string) => {
      const search = `{AWS/Lambda,FunctionName} MetricName="${metricName}" FunctionName="${platform}-"`;
      const expression = `SEARCH('${search}', '${statistic}')`;
      return this.#graph(title, [new MathExpression({ expression, label: '', usingMetrics: {}, period: PERIOD })]);
    };
    this.dashboard?.addWidgets(new TextWidget({ markdown: `# ${platform}`, width: 24, height: 1 }));
    this.dashboard?.addWidgets(all('Errors', 'Errors', 'Sum'), all('Throttles', 'Throttles', 'Sum'));
    this.dashboard?.addWidgets(all('Duration, p99', 'Duration', 'p99'), all('Invocations', 'Invocations', 'Sum'));
    for (const [name, fn] of Object.entries(functions)) {
      this.#alarm(`${name}Errors`, fn.metricErrors({ period: PERIOD }), {
        threshold: 1,
        periods: 3,
        says: `${fn.functionName} has failed for a quarter of an hour: see its log.`,
      });
    }
    this.#alarm(
      'Throttles',
      new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: Stats.SUM, period: PERIOD }),
      {
        threshold: 1,
        periods: 3,
        says: "The account's functions are throttled: raise its concurrency, or batch more.",
      },
    );
    this.#alarmOnMessages('Failures', failures, 'A batch could not be worked on: see the queue of failures.');
    this.#watchIngest();
  }

  #watchIngest(): void {
    const { ingest, oldestUndelivered = OLDEST_UNDELIVERED } = this.#props;
    if (!ingest) return;
    const { queue, dead } = ingest;
    const age = queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: Stats.MAXIMUM });
    const refused = dead.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM });
    this.dashboard?.addWidgets(
      this.#graph('Buffered: oldest', [age]),
      this.#graph('Buffered: dead letters', [refused]),
    );
    this.#alarm('IngestLate', age, {
      threshold: oldestUndelivered.toSeconds(),
      periods: 1,
      says: `Buffered produce waits for longer than ${oldestUndelivered.toHumanString()}: see the log of ingest.`,
    });
    this.#alarmOnMessages(
      'IngestDeadLetters',
      dead,
      'Buffered produce could not be stored: see its dead-letter queue.',
    );
  }

  #alarmOnMessages(id: string, queue: Queue, says: string): void {
    const messages = queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM });
    this.#alarm(id, messages, { threshold: 1, periods: 1, says });
  }

  #route(metricName: string, route: string): Metric {
    const dimensionsMap = { service: `${this.#props.platform}-tend`, route };
    return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap, statistic: Stats.MAXIMUM, period: PERIOD });
  }

  #graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
    return new GraphWidget({ title, left, right, width: 12, height: 6 });
  }

  #alarm(
    id: string,
    metric: IMetric,
    { threshold, periods, says }: { threshold: number; periods: number; says: string },
  ): void {
    const { alarms = true, actions = [] } = this.#props;
    if (!alarms) return;
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // At rest nothing is measured, and nothing is wrong.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: says,
    });
    alarm.addAlarmAction(...actions);
  }
}
