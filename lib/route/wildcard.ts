import { RouteError } from './errors.ts';

/**
 * Compiles an EventBridge wildcard: `*` stands for any characters, none included; `\*` and `\\` stand for themselves. It
 * is matched piece by piece from the left, in time linear to the text for each piece: no expression backtracks.
 *
 * @throws filter_invalid on `**` (as EventBridge) and on a backslash before anything else
 * @example
 * compileWildcard('dir/*.png', '$.value.file[0]')('dir/a/b.png'); // true
 */
export function compileWildcard(pattern: string, path: string): (text: string) => boolean {
  const pieces = piecesOf(pattern, path);
  const [first] = pieces as [string];
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces.at(-1)!;
  const between = pieces.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of between) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** The literal pieces between the stars. */
function piecesOf(pattern: string, path: string): string[] {
  const pieces = [''];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === '*') {
      if (pattern[at + 1] === '*') throw invalid(path, 'two stars in a row mean no more than one');
      pieces.push('');
      continue;
    }
    if (char === '\\') at++;
    const literal = pattern[at] ?? '';
    if (char === '\\' && literal !== '*' && literal !== '\\') {
      throw invalid(path, 'a backslash stands only before "*" or another backslash');
    }
    pieces.push(`${pieces.pop()}${literal}`);
  }
  return pieces;
}

function invalid(path: string, right: string): RouteError {
  return new RouteError('filter_invalid', `The filter is wrong at ${path}: ${right}`);
}
