import { decodeLineage, encodeLineage } from '../../../lib/log/lineage.ts';
import type { Target } from '../target.ts';
import { isLogCorrupt, PAGES, TOPIC_ID } from './ledgers.ts';

const object = { id: TOPIC_ID, sizeBytes: 70_000 };

export const target: Target = {
  name: 'lineages',
  seeds: () => ({
    'no-pages': encodeLineage({ ledger: { topicId: TOPIC_ID, index: 0 }, pages: [], sources: [] }),
    'pages-and-sources': encodeLineage({
      ledger: { topicId: TOPIC_ID, index: 3 },
      pages: PAGES.map((page, index) => ({ index, page })),
      sources: [TOPIC_ID, TOPIC_ID],
    }),
  }),
  take(bytes) {
    const lineage = decodeLineage(bytes, object);
    return lineage && encodeLineage(lineage);
  },
  isClean: isLogCorrupt,
};
