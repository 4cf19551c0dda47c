import { APIS, type ApiName } from '../../../lib/kafka/index.ts';
import { API_NAMES } from '../../kafka/codec/messages.ts';

/** A message of the Kafka protocol. */
export interface Message {
  readonly name: ApiName;
  readonly version: number;
}

/** The versions that are kept as seeds: of each API the first and the last; those between are made anew. */
export const OLDEST_AND_NEWEST: readonly Message[] = API_NAMES.flatMap((name) => {
  const { min, max } = APIS[name];
  return [...new Set([min, max])].map((version) => ({ name, version }));
});

/** `produce-v9` */
export function messageName({ name, version }: Message): string {
  const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  return `${words}-v${version}`;
}
