import type { ObjectStore } from '../../lib/store/index.ts';

/** Changes a bit of the one object in which `text` stands, behind everybody's back. Returns its key, and what it is now. */
export async function damageObject(objects: ObjectStore, text: string): Promise<{ key: string; bytes: Uint8Array }> {
  for (const { key } of await objects.list('')) {
    const bytes = Buffer.from(await objects.get(key));
    const at = bytes.indexOf(text);
    if (at < 0) continue;
    bytes[at]! ^= 1;
    await objects.delete([key]);
    await objects.put(key, [bytes]);
    return { key, bytes };
  }
  throw new Error(`No object has "${text}".`);
}
