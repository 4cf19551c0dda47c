import { suggestion } from '../bytes/index.ts';
import { reasonOf } from './errors.ts';

/**
 * A secret that a config names in place of holding it, in Kafka Connect's form (KIP-297): `${secretsmanager:<arn or name>}`,
 * with `:<key>` behind for one field of a secret that is a JSON object, and `${ssm:<parameter>}`.
 */
export interface SecretReference {
  /** As it is written, `${` and `}` included; shown in errors. */
  readonly text: string;
  readonly provider: 'secretsmanager' | 'ssm';
  readonly name: string;
  /** The field of a secret that is a JSON object; undefined: the whole. */
  readonly key: string | undefined;
}

const PROVIDERS = ['secretsmanager', 'ssm'] as const;
const REFERENCE = /\$\{([A-Za-z][A-Za-z0-9_-]*):([^}]*)\}/g;
/** A reference alone, or behind the name of a scheme, as in `Bearer ${…}`: nothing of it is a secret. */
const ALONE = /^(?:[A-Za-z]+ )?\$\{[A-Za-z][A-Za-z0-9_-]*:[^}]*\}$/;
/** Source: AWS Secrets Manager, "Secret names": letters, digits and /_+=.@- ; an ARN has six colons before it. */
const SECRET = /^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d+:secret:[\w/+=.@-]+|[\w/+=.@-]+)(?::([^:]+))?$/;
/** A name, a path or an ARN, and a version or label behind it. Source: SSM API Reference, GetParameter. */
const PARAMETER = /^(arn:[a-z-]+:ssm:[a-z0-9-]+:\d+:parameter)?[\w./-]+(:[\w.-]+)?$/;

/**
 * The references in a text.
 *
 * @throws Error that says what would be right
 * @example
 * referencesIn('Bearer ${secretsmanager:hooks:token}'); // [{ provider: 'secretsmanager', name: 'hooks', key: 'token', … }]
 */
export function referencesIn(text: string): SecretReference[] {
  return [...text.matchAll(REFERENCE)].map(([whole, provider = '', rest = '']) =>
    parseReference(whole, provider, rest),
  );
}

function parseReference(text: string, named: string, rest: string): SecretReference {
  const provider = PROVIDERS.find((one) => one === named);
  if (!provider) {
    const meant = suggestion(named, PROVIDERS);
    throw new Error(`${text} names no place where secrets are: there are ${PROVIDERS.join(' and ')}.${meant}`);
  }
  if (provider === 'ssm') {
    if (!PARAMETER.test(rest)) throw new Error(`${text} is no reference: write \${ssm:<parameter>}`);
    return { text, provider, name: rest, key: undefined };
  }
  const [, name, key] = SECRET.exec(rest) ?? [];
  if (name === undefined) {
    throw new Error(
      `${text} is no reference: write \${secretsmanager:<arn or name>}, with :<key> behind for one field`,
    );
  }
  return { text, provider, name, key };
}

/** Whether a text has what looks like a reference to one of the places there are. */
export function hasReference(text: string): boolean {
  return [...text.matchAll(REFERENCE)].some(([, provider]) => PROVIDERS.some((one) => one === provider));
}

/** Whether a text only says where its secret is, so that everyone may see it. */
export function isReferenceAlone(text: string): boolean {
  return ALONE.test(text) && hasReference(text);
}

/** Puts what references stand for in their place. */
export function fillReferences(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(REFERENCE, (whole) => values.get(whole) ?? whole);
}

/** A secret that could not be had, by its reference; never the secret. */
export class SecretFailure extends Error {
  constructor(setting: string, reference: string, thrown: unknown) {
    super(`"${setting}" needs ${reference}: ${reasonOf(thrown)}`);
  }
}
