import { parseRemembered, rememberWrite } from '../../../lib/log/once.ts';
import type { Target } from '../target.ts';
import { changedText, itemOf, itemText, JSON_WORDS } from './items.ts';
import { isLogCorrupt, TOPIC_ID } from './ledgers.ts';

const KEY = 'k';

function itemOfAnswer(parts: Parameters<typeof rememberWrite>): Uint8Array {
  const write = rememberWrite(...parts);
  return write.write === 'put' ? itemText(write.item) : new Uint8Array(0);
}

export const target: Target = {
  name: 'once-answers',
  seeds: () => {
    const answer = { baseOffset: 7, logStartOffset: 0, appendTimeMs: 1_767_225_600_000 };
    const once = { key: KEY, fingerprint: Uint8Array.of(1, 2), note: Uint8Array.of(4, 0) };
    return { 'two-answers': itemOfAnswer([once, TOPIC_ID, [answer, answer], 1_767_225_600_000]) };
  },
  words: [...JSON_WORDS, '"f"', '"o"', '"a"', '"ttl"', '"n"'],
  change: changedText(['f', 'o', 'a', 'ttl', 'n', 'hex', 'ff']),
  take(text) {
    const item = itemOf(text);
    if (item) parseRemembered(item);
    return undefined;
  },
  isClean: isLogCorrupt,
};
