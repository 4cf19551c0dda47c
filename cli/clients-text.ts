/** How Kafka clients get in. */
export interface ClientAccess {
  readonly bootstrap: string;
  /** Kafka's name; what else it may be, where that is not ours to know, stands behind it. */
  readonly protocol: string;
  /** Names of SASL's mechanisms, the best first; none where clients have no password. */
  readonly mechanisms: readonly string[];
}

/**
 * What is said of Kafka clients at the start: all that their settings need.
 *
 * @example
 * clientsText({ bootstrap: 'h:9092', protocol: 'PLAINTEXT', mechanisms: [] }); // any Kafka client: bootstrap.servers=h:9092
 */
export function clientsText({ bootstrap, protocol, mechanisms }: ClientAccess): string {
  const needed = [
    ...(protocol === 'PLAINTEXT' ? [] : [`security.protocol=${protocol}`]),
    ...(mechanisms.length === 0 ? [] : [`sasl.mechanism=${mechanisms.join(' or ')}`]),
  ];
  const who = needed.length === 0 ? 'any Kafka client' : 'Kafka clients';
  return `${who}: ${[`bootstrap.servers=${bootstrap}`, ...needed].join(', ')}`;
}

/** The mechanisms as they are to be recommended: SCRAM does not send the password. */
export function bestFirst(mechanisms: readonly string[]): string[] {
  return [...mechanisms].sort((a, b) => Number(a === 'PLAIN') - Number(b === 'PLAIN') || b.localeCompare(a));
}
