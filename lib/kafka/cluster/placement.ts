/**
 * Rendezvous hashing: of all candidates, the one whose hash with the key is largest. When one goes, what was its own is
 * spread over the others, and nothing else moves; one that comes takes its share from all alike.
 * Source: Thaler and Ravishankar, "A name-based mapping scheme for rendezvous", 1996.
 *
 * @param ids not empty
 * @example
 * chosen('orders/0', [0, 1, 2]); // always the same one of them
 */
export function chosen<Candidate extends { readonly id: number }>(
  key: string,
  candidates: readonly Candidate[],
): Candidate {
  const hash = textHash(key);
  let best = candidates[0]!;
  let bestScore = score(hash, best.id);
  for (let i = 1; i < candidates.length; i++) {
    const candidate = candidates[i]!;
    const one = score(hash, candidate.id);
    if (one > bestScore || (one === bestScore && candidate.id < best.id)) {
      best = candidate;
      bestScore = one;
    }
  }
  return best;
}

/** FNV-1a over UTF-16 units. It must stay as it is: gateways of two versions would disagree. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** MurmurHash3's finalizer over both: each bit of either decides on half of the result. */
function score(hash: number, id: number): number {
  let mixed = mix(hash ^ mix(id + 1));
  mixed = mix(mixed + id);
  return mixed >>> 0;
}

function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
