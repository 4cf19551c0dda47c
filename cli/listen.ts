import { CliError } from './errors.ts';

/** An address as people write it. */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Starts a server at an address.
 *
 * @param flag that gave the address
 * @throws CliError `port_in_use`, `address_unusable`, which say what to write instead
 */
export async function listen<Server>(
  flag: 'http' | 'kafka' | 'health',
  address: { readonly host: string; readonly port: number },
  start: () => Promise<Server>,
): Promise<Server> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    const { port } = address;
    const host = hostText(address.host);
    const at = `${host}:${port}`;
    if (code === 'EADDRINUSE') {
      const other = `${host}:${port < 65_535 ? port + 1 : 8082}`;
      throw new CliError(
        'port_in_use',
        `Another process listens at ${at} already. Stop it, or take another port: --${flag} ${other}`,
        { cause: error },
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      const why = code === 'EACCES' ? 'ports below 1024 are the system’s' : 'this machine has no such address';
      throw new CliError('address_unusable', `Millrace can't listen at ${at}: ${why} (${code}).`, { cause: error });
    }
    throw error;
  }
}
