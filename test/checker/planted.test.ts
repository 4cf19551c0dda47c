import { describe, expect, it } from 'vitest';
import { ANOMALIES, check, formatFindings, type Read } from './index.ts';
import { PLANTED } from './planted/index.ts';
import { A, Story } from './story.ts';

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

describe('a static member', () => {
  it('may be followed in its generation by the one that fences it, which commits, and is fenced in its turn', () => {
    const story = new Story();
    const fenced = (member: string) => {
      const beat = { kind: 'heartbeat', group: 'g', member, generation: 1 } as const;
      story.recorder.invoke(member, beat).fail('FENCED_INSTANCE_ID');
    };
    for (const [i, member] of ['twin-1', 'twin-2', 'twin-3'].entries()) {
      story.assigned(member, 1, A);
      if (i > 0) fenced(`twin-${i}`);
      story.beat(member, 1);
      story.committed(member, 1, i);
      story.offset(i);
    }
    expect(check(story.history)).toEqual([]);
  });
});

describe('what is deleted', () => {
  const deleting = (before: number) => {
    const story = new Story();
    story.sent('p', 'a1', 0);
    story.sent('p', 'a2', 1);
    story.recorder.note('admin', { kind: 'trim', partition: A, before });
    return story;
  };

  it('may be gone, and nothing behind it', () => {
    const story = deleting(1);
    story.read(A, 2, [1, 'a2']);
    expect(check(story.history)).toEqual([]);
    story.recorder.note('c', { kind: 'read', partition: A, isolation: 'committed', from: 2, to: 2, records: [] });
    expect(check(story.history)).toEqual([]);
    const start: Read = {
      kind: 'read',
      partition: A,
      isolation: 'committed',
      from: 2,
      to: 2,
      records: [],
      isStart: true,
    };
    story.recorder.note('c', start);
    expect(check(story.history).map(({ anomaly }) => anomaly)).toEqual(['lost-write']);
  });

  it('may have been the first of a repeated send, whose second was not there yet', () => {
    const story = new Story();
    story.recorder.note('p', { kind: 'send', records: [{ partition: A, value: 'a1' }], mayRepeat: true });
    story.recorder.note('admin', { kind: 'trim', partition: A, before: 1 });
    story.recorder.note('c', { kind: 'read', partition: A, isolation: 'committed', from: 1, to: 1, records: [] });
    story.recorder.note('c', {
      kind: 'read',
      partition: A,
      isolation: 'committed',
      from: 1,
      to: 2,
      records: [[1, 'a1']],
    });
    expect(check(story.history)).toEqual([]);
  });

  it('may not be gone before', () => {
    const story = new Story();
    story.sent('p', 'a1', 0);
    story.read(A, 1);
    story.recorder.note('admin', { kind: 'trim', partition: A, before: 1 });
    expect(check(story.history)).not.toEqual([]);
  });
});

describe('what compaction may take', () => {
  const options = { compacted: new Set(['orders']) };
  const nothing: unknown[] = [];

  it('is a record whose key has a later one', () => {
    const story = new Story();
    story.sent('p', 'a1', 0, { key: 'k' });
    story.sent('p', 'a2', 1, { key: 'k' });
    story.read(A, 2, [1, 'a2']);
    expect(check(story.history, options)).toEqual(nothing);
    expect(check(story.history)).not.toEqual(nothing);
  });

  it('is what stands below the repetition of an older send', () => {
    const story = new Story();
    story.recorder.note('p', { kind: 'send', records: [{ partition: A, key: 'k', value: 'a1' }], mayRepeat: true });
    story.read(A, 1, [0, 'a1']);
    story.sent('q', 'a2', 1, { key: 'k' });
    story.read(A, 3, [2, 'a1']);
    expect(check(story.history, options)).toEqual(nothing);
  });

  it('is what a tombstone deleted, and the tombstone', () => {
    const story = new Story();
    story.sent('p', 'a1', 0, { key: 'k' });
    const tombstone = { partition: A, key: 'k', value: 'a2', offset: 1, tombstone: true };
    story.recorder.note('p', { kind: 'send', records: [tombstone] });
    story.read(A, 2);
    expect(check(story.history, options)).toEqual(nothing);
  });

  it('is what a tombstone may have deleted that nobody knows of', () => {
    const story = new Story();
    story.sent('p', 'a1', 0, { key: 'k' });
    const records = [{ partition: A, key: 'k', value: 'a2', tombstone: true }];
    story.recorder.invoke('p', { kind: 'send', records }).info('no answer');
    story.read(A, 2);
    expect(check(story.history, options)).toEqual(nothing);
  });

  it('is a record that nobody knows the offset of, where its key is there', () => {
    const story = new Story();
    story.recorder.note('p', { kind: 'send', records: [{ partition: A, key: 'k', value: 'a1' }] });
    story.sent('q', 'a2', 1, { key: 'k' });
    story.read(A, 2, [1, 'a2']);
    expect(check(story.history, options)).toEqual(nothing);
  });
});
