/** A platform that is described wrongly: raised at synthesis, before anything is deployed. It says what to write instead. */
export class PlatformConfigError extends Error {
  override readonly name = 'PlatformConfigError';
}

/** @throws PlatformConfigError unless `holds` */
export function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new PlatformConfigError(message);
}
