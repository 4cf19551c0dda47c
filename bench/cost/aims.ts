import { billOf, perMillion, sqsInTens } from './bill.ts';
import type { Month } from './replay.ts';
import type { Results } from './results.ts';

/** What the cost of the platform shall be, and whether it is. */
export interface Aim {
  readonly aim: string;
  readonly found: string;
  readonly met: boolean;
}

const PER_MILLION_MAX = 0.2;
const HEAD_UNITS_MAX = 2;
/** Streams that the aim of batched and buffered events is about. */
const HUNDREDS = /100$/;

/** Holds results against the aims. */
export function aimsOf({ idle, months, heads }: Results): readonly Aim[] {
  const most = Math.max(...heads.map(({ unitsMost }) => unitsMost));
  const perFlush = heads.every(({ commits, flushes, ledgers }) => commits === flushes * ledgers);
  return [
    {
      aim: 'Idle: $0 beyond storage (less than a cent)',
      found: `${dollars(billOf(idle).total)} a month: the minute tick is off, and comes once a day`,
      met: billOf(idle).total < CENT,
    },
    ...months.filter(({ name }) => HUNDREDS.test(name)).map(perMillionAim),
    {
      aim: `One head write of 1 to ${HEAD_UNITS_MAX} units per flush and ledger`,
      found: heads
        .map(({ partitions, ledgers, unitsMean }) => `${partitions} partitions: ${ledgers} × ${unitsMean.toFixed(2)}`)
        .join('; '),
      met: perFlush && most <= HEAD_UNITS_MAX,
    },
  ];
}

const CENT = 0.01;

function perMillionAim(month: Month): Aim {
  const { total, sqs } = billOf(month);
  const each = perMillion(month, total);
  const inTens = perMillion(month, total - sqs + sqsInTens(month));
  const found =
    month.workload.by === 'queue' ? `${dollars(inTens)} (${dollars(each)} with a message a request)` : dollars(each);
  const best = month.workload.by === 'queue' ? inTens : each;
  return {
    aim: `${month.name}, ${month.readers}: under ${dollars(PER_MILLION_MAX)} a million`,
    found,
    met: best < PER_MILLION_MAX,
  };
}

/** Dollars with as many decimals as say something. @example dollars(0.1234) // $0.123 */
export function dollars(amount: number): string {
  if (amount === 0) return '$0';
  const decimals = amount >= 100 ? 0 : amount >= 10 ? 1 : amount >= 1 ? 2 : 3;
  return `$${amount.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}`;
}
