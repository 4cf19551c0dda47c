import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly keyObject: KeyObject;
  readonly name: readonly NamePart[];
}

export type NamePart = readonly ['CN' | 'OU' | 'O' | 'C', string];

const OIDS = { CN: [2, 5, 4, 3], C: [2, 5, 4, 6], O: [2, 5, 4, 10], OU: [2, 5, 4, 11] } as const;
const ECDSA_WITH_SHA_256 = [1, 2, 840, 10045, 4, 3, 2];
const BASIC_CONSTRAINTS = [2, 5, 29, 19];
const SUBJECT_ALT_NAME = [2, 5, 29, 17];
const DAY_MS = 86_400_000;

/**
 * Makes an X.509 certificate (RFC 5280) for 127.0.0.1 and localhost: by its own key, which may then sign others, or by
 * `issuer`'s. Node can read certificates and not make them, and not every machine has openssl.
 */
export function certificate(name: readonly NamePart[], issuer?: Identity): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const body = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    sequence(oid(ECDSA_WITH_SHA_256)),
    nameOf(issuer?.name ?? name),
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      3,
      sequence(
        sequence(
          oid(BASIC_CONSTRAINTS),
          der(0x01, Buffer.of(0xff)),
          octets(sequence(...(issuer ? [] : [der(0x01, Buffer.of(0xff))]))),
        ),
        sequence(
          oid(SUBJECT_ALT_NAME),
          octets(sequence(der(0x87, Buffer.of(127, 0, 0, 1)), der(0x82, Buffer.from('localhost')))),
        ),
      ),
    ),
  );
  const signature = createSign('sha256')
    .update(body)
    .sign(issuer?.keyObject ?? privateKey);
  const whole = sequence(body, sequence(oid(ECDSA_WITH_SHA_256)), der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole
      .toString('base64')
      .match(/.{1,64}/g)!
      .join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyObject: privateKey,
    name,
  };
}

/** Tag, length, content: the distinguished encoding (X.690). */
function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function tagged(number: number, content: Uint8Array): Buffer {
  return der(0xa0 + number, content);
}

function integer(bytes: Uint8Array): Buffer {
  return der(0x02, bytes);
}

function octets(content: Uint8Array): Buffer {
  return der(0x04, content);
}

function oid([first, second, ...rest]: readonly number[]): Buffer {
  const groups = rest.map((number) => {
    const bytes = [number & 0x7f];
    for (let high = number >> 7; high > 0; high >>= 7) bytes.unshift((high & 0x7f) | 0x80);
    return bytes;
  });
  return der(0x06, Buffer.from([first! * 40 + second!, ...groups.flat()]));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function nameOf(name: readonly NamePart[]): Buffer {
  return sequence(...name.map(([type, value]) => der(0x31, sequence(oid(OIDS[type]), der(0x0c, Buffer.from(value))))));
}
