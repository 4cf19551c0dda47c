/** The parts of the object that a test's process writes under a serial: the serial over and over, up to 300 KB. */
export function objectParts(serial: number): Uint8Array[] {
  const part = Buffer.from(
    String(serial)
      .padStart(10, '0')
      .repeat(((serial * 7) % 10_000) + 1),
  );
  return [part, part, part];
}
