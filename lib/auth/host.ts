const IPV4 = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
/** IPv4 as IPv6 has it, as WHATWG's URLs write it (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * An IP address as it is written once, so that addresses can be compared: an IPv4 address that came by IPv6 is that IPv4
 * address. Undefined for what is none.
 *
 * @example
 * hostAddress('::ffff:10.0.0.7'); // '10.0.0.7'
 * hostAddress('0:0:0:0:0:0:0:1'); // '::1'
 */
export function hostAddress(text: string): string | undefined {
  if (IPV4.test(text)) return text;
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':')) return undefined;
  const address = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
  const [, high, low] = (address && MAPPED.exec(address)) || [];
  if (high === undefined || low === undefined) return address;
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [first >> 8, first & 0xff, second >> 8, second & 0xff].join('.');
}
