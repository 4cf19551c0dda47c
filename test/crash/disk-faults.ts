/**
 * A disk that fails, inside of the server's own process: `node --import` loads this before anything else. What is wrong is in
 * the file that MILLRACE_CRASH_FAULTS names, which may change at any time (`DiskFaults`); without it, nothing is.
 * Calls of `node:fs` fail before or after they did their work; SQLite's own writes cannot be reached from here, so its
 * COMMIT fails in their place, as it does when a write or a sync under it has failed.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

/** What the file holds, as JSON. */
export interface DiskFaults {
  /** EIO: a broken device. ENOSPC: a full one. */
  readonly code: 'EIO' | 'ENOSPC';
  /** The share of calls that fail; the first fails for certain, unless this is 0. */
  readonly rate: number;
}

/** Calls that change what is on the disk. */
const CALLS = ['write', 'writev', 'fdatasync', 'fsync', 'ftruncate', 'link', 'rename', 'mkdir', 'unlink'] as const;
const LOOK_EVERY_MS = 10;
/** sqlite.org, "Result and Error Codes": SQLITE_FULL, SQLITE_IOERR_FSYNC. */
const SQLITE_CODES = { ENOSPC: 13, EIO: 1034 } as const;
const ERRNO = { EIO: -5, ENOSPC: -28 } as const;

const path = process.env.MILLRACE_CRASH_FAULTS;
let faults: DiskFaults | undefined;
let text = '';
/** No call has failed yet since they began. */
let fresh = false;
let lookedMs = Number.NEGATIVE_INFINITY;

function current(): DiskFaults | undefined {
  if (path === undefined) return undefined;
  const nowMs = performance.now();
  if (nowMs - lookedMs < LOOK_EVERY_MS) return faults;
  lookedMs = nowMs;
  const before = text;
  if (fs.existsSync(path)) text = fs.readFileSync(path, 'utf8');
  if (text === before) return faults;
  faults = JSON.parse(text) as DiskFaults;
  fresh = faults.rate > 0;
  return faults;
}

/** The failure of one call, if it is to have one. A full disk refuses before it does anything; a broken one, who knows. */
function failure(call: string): { readonly error: Error; readonly after: boolean } | undefined {
  const { code, rate } = current() ?? { code: 'EIO', rate: 0 };
  if (!fresh && Math.random() >= rate) return undefined;
  fresh = false;
  const error = Object.assign(new Error(`${code}: made to fail, ${call}`), { code, errno: ERRNO[code], syscall: call });
  return { error, after: code === 'EIO' && Math.random() < 0.5 };
}

type Call = (...args: unknown[]) => unknown;

function failing(name: string, original: Call): Call {
  const wrapped = (...args: unknown[]): unknown => {
    const fault = failure(name);
    const done = args.at(-1);
    if (!fault || typeof done !== 'function') return original(...args);
    if (fault.after) return original(...args.slice(0, -1), () => done(fault.error));
    return setImmediate(() => done(fault.error));
  };
  const promised = promisify(original) as (...args: unknown[]) => Promise<unknown>;
  // What promisify makes of some calls is not what their callback gets.
  Object.defineProperty(wrapped, promisify.custom, {
    value: async (...args: unknown[]) => {
      const fault = failure(name);
      if (fault && !fault.after) throw fault.error;
      const answer = await promised(...args);
      if (fault) throw fault.error;
      return answer;
    },
  });
  return wrapped;
}

function failingSync(name: string, original: Call): Call {
  return (...args) => {
    const fault = failure(name);
    if (fault && !fault.after) throw fault.error;
    const answer = original(...args);
    if (fault) throw fault.error;
    return answer;
  };
}

if (path !== undefined) {
  const calls = fs as unknown as Record<string, Call>;
  for (const name of CALLS) {
    calls[name] = failing(name, calls[name]!);
    calls[`${name}Sync`] = failingSync(name, calls[`${name}Sync`]!);
  }
  syncBuiltinESMExports();

  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    const fault = sql.startsWith('COMMIT') ? failure('COMMIT') : undefined;
    exec.call(this, fault && !fault.after ? 'ROLLBACK' : sql);
    if (!fault) return;
    const errcode = SQLITE_CODES[current()?.code ?? 'EIO'];
    throw Object.assign(new Error('made to fail'), { code: 'ERR_SQLITE_ERROR', errcode });
  };
}
