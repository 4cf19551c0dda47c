import { Metrics, type MetricUnit } from '@aws-lambda-powertools/metrics';

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** Namespace and service are the environment's: POWERTOOLS_METRICS_NAMESPACE, POWERTOOLS_SERVICE_NAME. */
const metrics = new Metrics();

/** Writes metrics of one thing into the log, in CloudWatch's Embedded Metric Format: no calls, and none at rest. */
export function writeMetrics(
  dimension: string,
  name: string,
  values: readonly (readonly [metric: string, unit: Unit, value: number])[],
): void {
  metrics.addDimension(dimension, name);
  for (const [metric, unit, value] of values) metrics.addMetric(metric, unit, value);
  metrics.publishStoredMetrics();
}

/** A metric is billed for each hour in which it has a value: what is usually nothing is said only where it is something. */
export function onlyWhere<T>(value: number, metric: T): T[] {
  return value > 0 ? [metric] : [];
}
