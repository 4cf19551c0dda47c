import type { X509Certificate } from 'node:crypto';
import { AuthError } from '../../auth/index.ts';

/*
 * Whom a client's certificate stands for: its subject's distinguished name, or what rules make of that. Source: KIP-371,
 * and SslPrincipalMapper of kafka-clients 4.3.1.
 */

/** One of the rules, which are tried in order. */
type Rule =
  | { readonly is: 'default' }
  | {
      readonly is: 'rewrite';
      readonly pattern: RegExp;
      readonly replacement: string;
      readonly letters: 'as they are' | 'lower' | 'upper';
    };

/** Makes a name of a distinguished name; undefined where no rule is for it. */
export type PrincipalMapping = (distinguishedName: string) => string | undefined;

const RULE = /^(?:(DEFAULT)|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?))\s*(?:,\s*|$)/;

/**
 * Reads `ssl.principal.mapping.rules`: `RULE:pattern/replacement/` with `L` or `U` behind it for lower or upper case, and
 * `DEFAULT`, separated by commas. A pattern takes a whole name, and the first that does decides.
 *
 * @throws AuthError credential_invalid
 * @example
 * principalMapping('RULE:^CN=(.*?),OU=Apps.*$/$1/L,DEFAULT')('CN=Orders,OU=Apps,O=Acme'); // 'orders'
 */
export function principalMapping(rules = 'DEFAULT'): PrincipalMapping {
  const all = parseRules(rules);
  return (distinguishedName) => {
    for (const rule of all) {
      if (rule.is === 'default') return distinguishedName;
      if (!rule.pattern.test(distinguishedName)) continue;
      const name = distinguishedName.replace(rule.pattern, rule.replacement);
      if (rule.letters === 'as they are') return name;
      return rule.letters === 'lower' ? name.toLowerCase() : name.toUpperCase();
    }
    return undefined;
  };
}

/**
 * The subject of a certificate as Kafka writes it (RFC 2253): the last part first. Values come escaped from Node: control
 * characters and what has a meaning in such a name have a backslash before them, so that nobody can be called
 * `x,CN=admin` and be taken for two parts.
 *
 * @example
 * distinguishedName(socket.getPeerX509Certificate()); // 'CN=orders,OU=Apps,O=Acme'
 */
export function distinguishedName({ subject }: Pick<X509Certificate, 'subject'>): string {
  return subject
    .split('\n')
    .reverse()
    .map((part) => part.replaceAll(' + ', '+'))
    .join(',');
}

function parseRules(text: string): Rule[] {
  const rules: Rule[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const found = RULE.exec(rest);
    if (!found) throw invalid(rest);
    const [whole, isDefault, pattern = '', replacement = '', letters] = found;
    rules.push(isDefault ? { is: 'default' } : rewrite(pattern, replacement, letters));
    rest = rest.slice(whole.length);
  }
  if (rules.length === 0) throw invalid(text);
  return rules;
}

function rewrite(pattern: string, replacement: string, letters: string | undefined): Rule {
  try {
    return {
      is: 'rewrite',
      pattern: new RegExp(`^(?:${pattern})$`, 'u'),
      // What means something in JavaScript alone is meant as it stands.
      replacement: replacement.replace(/\$(?!\d)/g, '$$$$'),
      letters: letters === 'L' ? 'lower' : letters === 'U' ? 'upper' : 'as they are',
    };
  } catch (error) {
    throw invalid(`RULE:${pattern}/${replacement}/`, error);
  }
}

function invalid(rule: string, cause?: unknown): AuthError {
  return new AuthError(
    'credential_invalid',
    `${JSON.stringify(rule.slice(0, 200))} is no rule for names of certificates. Write RULE:pattern/replacement/, or DEFAULT, separated by commas.`,
    { cause },
  );
}
