import { describe, expect, it } from 'vitest';
import { ANOMALIES, check, formatFindings } from './index.ts';
import { PLANTED } from './planted/index.ts';
import { Story } from './story.ts';

describe('a planted anomaly', () => {
  it.each(PLANTED)('$anomaly: $how', ({ anomaly, about, options, tell }) => {
    const story = new Story();
    tell(story);
    const { history } = story;
    const findings = check(history, options);
    expect(
      findings.map((finding) => finding.anomaly),
      formatFindings(history, findings),
    ).toEqual([anomaly]);
    expect(findings[0]!.says).toContain(about);
    // What it says can be read, and shows the operations.
    const text = formatFindings(history, findings);
    for (const id of findings[0]!.operations) expect(text).toContain(`#${id} [`);
    expect(findings[0]!.operations.length).toBeGreaterThan(0);
  });

  it('is there for each anomaly', () => {
    expect([...new Set(PLANTED.map(({ anomaly }) => anomaly))].sort()).toEqual(Object.keys(ANOMALIES).sort());
  });
});
