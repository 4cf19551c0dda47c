import type { Anomaly } from '../finding.ts';
import type { CheckOptions } from '../options.ts';
import type { Story } from '../story.ts';

/** A history with one thing wrong in it. */
export interface Planted {
  readonly anomaly: Anomaly;
  readonly how: string;
  readonly options?: CheckOptions;
  /** What the finding says, among other things: it is the right one. */
  readonly about: string;
  tell(story: Story): void;
}
