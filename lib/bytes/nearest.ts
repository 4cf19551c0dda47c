/** A name is suggested where it takes at most this share of its length in edits to come from what was written. */
const EDITS_SHARE = 0.4;

/**
 * The candidate that was probably meant by a misspelt name, or undefined where none is near.
 *
 * @example
 * nearest('retention.mss', ['retention.ms', 'retention.bytes']); // 'retention.ms'
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestEdits = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits && edits <= Math.max(2, candidate.length * EDITS_SHARE)) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** ` Did you mean "x"?`, to follow what was said of a misspelt name; or nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? '' : ` Did you mean "${meant}"?`;
}

/** Levenshtein's distance: insertions, deletions and replacements from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
