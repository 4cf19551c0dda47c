import type { DescribeConfigsResponseDescribeConfigsResourceResult } from '../codec/index.ts';

/** Where a value comes from. Source: DescribeConfigsResponse.ConfigSource. */
export const CONFIG_SOURCE = { TOPIC: 1, STATIC_BROKER: 4, DEFAULT: 5 } as const;

/** Whose settings. Source: org.apache.kafka.common.config.ConfigResource.Type. */
export const RESOURCE = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const;

/** Source: DescribeConfigsResponse.ConfigType. */
export const CONFIG_TYPE = { BOOLEAN: 1, STRING: 2, INT: 3, SHORT: 4, LONG: 5, DOUBLE: 6, LIST: 7 } as const;
export type ConfigType = (typeof CONFIG_TYPE)[keyof typeof CONFIG_TYPE];

/** What is shown beside names and values. */
export interface Shown {
  readonly synonyms: boolean;
  readonly documentation: boolean;
}

export type Described = DescribeConfigsResponseDescribeConfigsResourceResult;
