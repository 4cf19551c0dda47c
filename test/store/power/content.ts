/** By which chance each part that was not synced is left, in each of the ways in which one power cut may end. */
export const CHANCES = [0, 0.5, 0.9] as const;

/** Beyond what volumes take: a file of its own. */
const LARGE_BYTES = (4 << 20) + 4_321;
const SMALL_BYTES_MAX = 20_000;

export function keyOf(serial: number, large: boolean): string {
  return `${large ? 'large' : 'small'}/${serial % 4}/${serial}`;
}

export function bodyOf(serial: number, large: boolean): Uint8Array {
  return Buffer.alloc(large ? LARGE_BYTES : ((serial * 7_919) % SMALL_BYTES_MAX) + 1, `${serial}|`);
}
