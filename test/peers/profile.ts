import { once } from 'node:events';
import type { Table } from '../../bench/harness.ts';

/** Of V8's CPU profile what is needed here. Source: Chrome DevTools Protocol, Profiler.Profile. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

const INTERVAL_US = 500;
const SHOWN = 20;
const IDLE = '(idle)';

interface Answer {
  readonly id?: number;
  readonly result?: { readonly profile?: CpuProfile };
  readonly error?: { readonly message: string };
}

/** The main thread's profile of a process that listens for a debugger on `port`, while `work` is done. */
export async function profiled<T>(port: number, work: () => Promise<T>): Promise<{ result: T; profile: CpuProfile }> {
  const listed = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await listed.json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target!.webSocketDebuggerUrl);
  await once(socket, 'open');
  let next = 1;
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  const ask = async (method: string, params?: object) => {
    const id = next++;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  try {
    await ask('Profiler.enable');
    await ask('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await ask('Profiler.start');
    const result = await work();
    const { profile } = (await ask('Profiler.stop')) ?? {};
    return { result, profile: profile! };
  } finally {
    socket.close();
  }
}

/** The functions in which the most time was spent, not counting what they called, as parts of the time that was not idle. */
export function selfTimes(title: string, { nodes, samples, timeDeltas }: CpuProfile): Table {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spent = new Map<string, number>();
  let busyUs = 0;
  let idleUs = 0;
  samples.forEach((id, i) => {
    const name = names.get(id)!;
    const us = Math.max(0, timeDeltas[i]!);
    if (name === IDLE) {
      idleUs += us;
      return;
    }
    busyUs += us;
    spent.set(name, (spent.get(name) ?? 0) + us);
  });
  const most = [...spent].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const busy = ((busyUs / (busyUs + idleUs)) * 100).toFixed(0);
  return {
    title: `${title}: the main thread, ${busy} % busy`,
    columns: ['function', 'self, % of busy', 'ms'],
    rows: most.map(([name, us]) => [name, ((us / busyUs) * 100).toFixed(1), (us / 1_000).toFixed(0)]),
  };
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  return `${name} ${url.replace(/^.*\/(?=(lib|cli|node_modules)\/)/, '')}:${lineNumber + 1}`;
}
