import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/clock.ts';
import { check, formatFindings } from './index.ts';
import { modelHistory } from './model/history.ts';
import { MUTATIONS } from './model/mutations.ts';

const HISTORIES = 60;

describe('histories of a log that is right', () => {
  it('give nothing', () => {
    for (let seed = 0; seed < HISTORIES; seed++) {
      const history = modelHistory(seededRandom(seed).next);
      const findings = check(history);
      expect(findings, `seed ${seed}\n${formatFindings(history, findings)}`).toEqual([]);
    }
  });
});

describe('one thing made wrong in them', () => {
  it.each(MUTATIONS)('is found: $name', ({ anomalies, apply }) => {
    let applied = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const random = seededRandom(seed).next;
      const history = apply(modelHistory(random), random);
      if (!history) continue;
      applied++;
      const findings = check(history);
      const names = findings.map(({ anomaly }) => anomaly);
      const fits = names.some((name) => anomalies.includes(name));
      expect(fits, `seed ${seed}\n${formatFindings(history, findings)}`).toBe(true);
    }
    expect(applied).toBeGreaterThan(HISTORIES / 10);
  });
});
