import type { Table } from '../harness.ts';
import { markdown } from '../table.ts';
import { aimsOf, dollars } from './aims.ts';
import { billOf, byFunction, perMillion } from './bill.ts';
import { allCalls, type Calls } from './month.ts';
import { PRICES, PRICES_DATE, PRICES_REGION } from './prices.ts';
import type { Results } from './results.ts';
import { rivalsOf } from './rivals.ts';

/** All tables of a run, in the order in which they are printed. */
export function tablesOf(results: Results): readonly Table[] {
  return [aimsTable(results), billTable(results), rivalsTable(results), callsTable(results), functionsTable(results)];
}

function aimsTable(results: Results): Table {
  const rows = aimsOf(results).map(({ aim, found, met }) => [aim, found, met ? 'met' : '**missed**']);
  return { title: 'Aims', columns: ['aim', 'found', ''], rows };
}

function billTable({ months, idle }: Results): Table {
  const columns = ['workload', 'readers', 'Lambda', 'DynamoDB', 'S3', 'SQS', 'storage', 'metrics', 'a month'];
  const rows = [idle, ...months].map((month) => {
    const bill = billOf(month);
    const parts = [bill.lambda, bill.dynamodb, bill.s3, bill.sqs, bill.storage, bill.cloudwatch, bill.total];
    const each = month.events > 0 ? dollars(perMillion(month, bill.total)) : '–';
    return [month.name, month.readers, ...parts.map(dollars), each, dollars(bill.apiGateway)];
  });
  return { title: 'Dollars a month', columns: [...columns, 'a million events', 'API Gateway beside it'], rows };
}

const RIVALS = ['Kinesis on demand', 'Kinesis provisioned', 'MSK Serverless', 'EventBridge + SQS'];

function rivalsTable({ months, idle }: Results): Table {
  const rows = [idle, ...months].map((month) => {
    const { total, apiGateway } = billOf(month);
    const others = Object.values(rivalsOf(month.workload));
    return [month.name, month.readers, dollars(total), dollars(total + apiGateway), ...others.map(dollars)];
  });
  const columns = ['workload', 'readers', 'Millrace', 'with API Gateway', ...RIVALS];
  return { title: 'Beside others, dollars a month', columns, rows };
}

function callsTable({ months }: Results): Table {
  const rows = months.map((month) => {
    const uses = Object.values(month.uses);
    const total = (of: (calls: Calls) => number, s3: boolean) => {
      const calls = uses.map((use) => {
        const { object, ...items } = use.calls;
        if (s3) return object ? of(object) : 0;
        return of(allCalls({ ...use, calls: items }));
      });
      return calls.reduce((sum, one) => sum + one, 0);
    };
    const amounts = [
      uses.reduce((sum, { invocations }) => sum + invocations, 0),
      uses.reduce((sum, { gbSeconds }) => sum + gbSeconds, 0),
      total(({ writes }) => writes, false),
      total(({ writeUnits }) => writeUnits, false),
      total(({ reads }) => reads, false),
      total(({ readUnits }) => readUnits, false),
      total(({ writes, lists }) => writes + lists, true),
      total(({ reads }) => reads, true),
    ];
    const megabytes = [total(({ bytesIn }) => bytesIn, true), total(({ bytesOut }) => bytesOut, true)];
    return [
      month.name,
      month.readers,
      ...amounts.map((amount) => whole(perMillion(month, amount))),
      ...megabytes.map((bytes) => whole(perMillion(month, bytes) / 2 ** 20)),
    ];
  });
  const lambda = ['Lambda invocations', 'GB-seconds'];
  const items = ['item writes', 'write units', 'item reads', 'read units'];
  const objects = ['S3 PUT, LIST', 'S3 GET', 'MiB to S3', 'MiB from S3'];
  return {
    title: 'Counted for a million events',
    columns: ['workload', 'readers', ...lambda, ...items, ...objects],
    rows,
  };
}

function functionsTable({ months }: Results): Table {
  const names = byFunction(months[0]!).map(([name]) => name);
  const rows = months.map((month) => {
    const own = new Map(byFunction(month));
    return [month.name, month.readers, ...names.map((name) => dollars(own.get(name) ?? 0))];
  });
  return {
    title: 'Dollars for a million events, by the function that causes them',
    columns: ['workload', 'readers', ...names],
    rows,
  };
}

const BAR_CHARS = 40;

/** Bars of dollars a month for each stream with one route, Millrace and others: each stream has a scale of its own. */
export function bars({ months }: Results): string {
  const blocks = months
    .filter(({ readers }) => readers === '1 route')
    .map((month) => {
      const { total, apiGateway } = billOf(month);
      const own = month.workload.by === 'api' ? total + apiGateway : total;
      const all = [
        ['Millrace', own] as const,
        ...RIVALS.map((name, i) => [name, Object.values(rivalsOf(month.workload))[i]!] as const),
      ];
      const most = Math.max(...all.map(([, amount]) => amount));
      const lines = all.map(([name, amount]) => {
        const bar = '█'.repeat(Math.max(1, Math.round((amount / most) * BAR_CHARS)));
        return `  ${name.padEnd(20)}${bar} ${dollars(amount)}`;
      });
      return [`${month.name}, ${month.readers}`, ...lines].join('\n');
    });
  return `\`\`\`text\n${blocks.join('\n\n')}\n\`\`\``;
}

function pricesTable(): string {
  const rows = Object.values(PRICES).map(({ usd, per, unit, source, checked }) => [
    unit,
    per === 1 ? `$${usd}` : `$${usd} a million`,
    source,
    checked,
  ]);
  return body({ title: '', columns: ['what', 'price', 'page', 'checked'], rows });
}

/** The parts of docs/cost.md that a run writes, by name. */
export function blocksOf(results: Results): Readonly<Record<string, string>> {
  return {
    aims: body(aimsTable(results)),
    bill: body(billTable(results)),
    rivals: body(rivalsTable(results)),
    bars: bars(results),
    calls: body(callsTable(results)),
    functions: body(functionsTable(results)),
    prices: `${PRICES_REGION}, ${PRICES_DATE}, without free tiers.\n\n${pricesTable()}`,
    replay: replayTable(results),
  };
}

function replayTable({ months }: Results): string {
  const rows = months.map((month) => [
    month.name,
    month.readers,
    whole(month.replayed.events),
    whole(month.replayed.times),
    month.lagSeconds.toFixed(1),
  ]);
  return body({ title: '', columns: ['workload', 'readers', 'events replayed', 'times', 'readers behind, s'], rows });
}

function body(table: Table): string {
  return markdown(table).split('\n').slice(2).join('\n');
}

/**
 * The document with its blocks written anew: what stands between `<!-- cost:name -->` and `<!-- /cost:name -->`.
 * @throws Error where the document lacks a block
 */
export function written(document: string, results: Results): string {
  let text = document;
  for (const [name, block] of Object.entries(blocksOf(results))) {
    const [open, close] = [`<!-- cost:${name} -->`, `<!-- /cost:${name} -->`];
    const [from, to] = [text.indexOf(open), text.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`docs/cost.md has no place for "${name}": ${open} and ${close}.`);
    text = `${text.slice(0, from + open.length)}\n${block}\n${text.slice(to)}`;
  }
  return text;
}

function whole(amount: number): string {
  return Math.round(amount).toLocaleString('en-US');
}
