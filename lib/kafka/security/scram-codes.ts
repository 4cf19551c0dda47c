import { SCRAM_MECHANISMS, type ScramMechanism } from '../../auth/index.ts';

/** What stands for a mechanism in messages. Source: org.apache.kafka.clients.admin.ScramMechanism. */
const CODES: Readonly<Record<ScramMechanism, number>> = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 };

export function scramCode(mechanism: ScramMechanism): number {
  return CODES[mechanism];
}

/** Undefined for a number that stands for none. */
export function scramMechanismOf(code: number): ScramMechanism | undefined {
  return SCRAM_MECHANISMS.find((mechanism) => CODES[mechanism] === code);
}
