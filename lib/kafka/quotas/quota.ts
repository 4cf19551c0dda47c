import { QUOTA_KEYS, type QuotaKey } from '../../auth/index.ts';
import { KafkaError } from '../errors.ts';

export function isQuotaKey(key: string): key is QuotaKey {
  return (QUOTA_KEYS as readonly string[]).includes(key);
}

/** @throws KafkaError INVALID_REQUEST for a number that bounds nothing: as Kafka, bytes are whole */
export function checkQuota(key: QuotaKey, value: number): void {
  const whole = key === 'request_percentage' || Number.isSafeInteger(value);
  if (value > 0 && Number.isFinite(value) && whole) return;
  throw new KafkaError(
    'INVALID_REQUEST',
    `${key} is a number above 0${key === 'request_percentage' ? '' : ', whole'}; ${value} is not.`,
  );
}
