/** What every Kafka client begins with: ApiVersions, behind a length that is below 64 KiB. */
const KAFKA_GREETING = { length: [0, 0], apiVersions: [0, 18] } as const;

/** What the operator is told of a Kafka client that came to HTTP's port: it itself is only disconnected. */
export function kafkaNotice(host: string | undefined): string {
  return `a Kafka client at ${host ?? 'an unknown address'} came to the HTTP port: its bootstrap.servers is to be the Kafka port`;
}

/** Whether a connection that is no HTTP began as a Kafka client's does. */
export function isKafka(start: Uint8Array): boolean {
  const { length, apiVersions } = KAFKA_GREETING;
  return length.every((byte, i) => start[i] === byte) && apiVersions.every((byte, i) => start[4 + i] === byte);
}
