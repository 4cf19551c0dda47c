import { batchHeader } from '../../record/index.ts';
import { KafkaError } from '../errors.ts';

/** Clients below this version of Produce and Fetch may not know zstd (KIP-110). */
const ZSTD_VERSION = 7;

/**
 * The one batch that a partition of a Produce request has to have; what is in it is checked later. Markers of transactions
 * are for brokers to write.
 *
 * @throws KafkaError INVALID_RECORD, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, UNSUPPORTED_COMPRESSION_TYPE; RecordError
 */
export function requireOneBatch(
  records: Uint8Array | null,
  version: number,
  transactionalId: string | null,
): Uint8Array {
  if (!records || records.length === 0) throw new KafkaError('INVALID_RECORD', 'There is no record batch.');
  const { lengthBytes, control, transactional, codec } = batchHeader(records);
  if (lengthBytes < records.length) {
    throw new KafkaError(
      'INVALID_RECORD',
      `${records.length - lengthBytes} bytes follow the record batch; each partition has exactly one.`,
    );
  }
  if (control) throw new KafkaError('INVALID_RECORD', 'Clients may not write control batches.');
  if (transactional && transactionalId === null) {
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'A batch is of a transaction whose id is not told.');
  }
  if (codec === 'zstd' && version < ZSTD_VERSION) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs version ${ZSTD_VERSION} of Produce.`);
  }
  return records;
}
