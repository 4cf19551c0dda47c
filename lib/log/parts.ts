import type { Clock, Random } from '../bytes/index.ts';
import type { MetaStore, ObjectStore } from '../store/index.ts';
import type { Attempts } from './attempts.ts';
import type { CommitBus } from './bus.ts';
import type { ChunkCache } from './cache.ts';
import type { Footers } from './footers.ts';
import type { Heads } from './heads.ts';
import type { LogSettings } from './limits.ts';
import type { ChunkLoader } from './loader.ts';
import type { Pages } from './pages.ts';
import type { Producers } from './producers/producers.ts';

/** What the log is made of: made once by `openLog`, and shared by its writer, its reader and its upkeep. */
export interface LogParts {
  objects: ObjectStore;
  items: MetaStore;
  heads: Heads;
  pages: Pages;
  footers: Footers;
  /** Shared by all that write objects, so that these sort in the order in which they were made. */
  attempts: Attempts;
  producers: Producers;
  cache: ChunkCache;
  loader: ChunkLoader;
  bus: CommitBus;
  clock: Clock;
  random: Random;
  settings: LogSettings;
}
