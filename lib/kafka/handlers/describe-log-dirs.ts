import { CLUSTER } from '../../auth/index.ts';
import { LogError } from '../../log/index.ts';
import type { TopicInfo } from '../../topic/index.ts';
import type { DescribeLogDirsRequest, DescribeLogDirsResponseDescribeLogDirsTopic } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';

/** There are no directories; consoles want the name of one. */
const LOG_DIR = 'millrace';

/*
 * DescribeLogDirs, versions 1 to 4: which partitions a broker has, and their sizes. Consoles call a cluster offline
 * without it.
 * - One directory stands for the stores. A partition's size is that of its batches as they are stored, of the last minute.
 * - v3 has an error of its own. v4 has the volume's size, which stores do not have.
 */
export const describeLogDirs: Handler<'DescribeLogDirs'> = {
  api: 'DescribeLogDirs',
  handle: async (request, context) => {
    if (!(await context.allow('DESCRIBE', CLUSTER))) {
      throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED', 'Not authorized to describe the cluster.');
    }
    const topics = await partitionsHere(request, context);
    return { throttleTimeMs: 0, results: [{ errorCode: KAFKA_ERRORS.NONE, logDir: LOG_DIR, topics }] };
  },
  failed: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode, results: [] }),
};

/** Those that the cluster says this gateway leads. */
async function partitionsHere(
  { topics: asked }: DescribeLogDirsRequest,
  { parts, session }: HandlerContext,
): Promise<DescribeLogDirsResponseDescribeLogDirsTopic[]> {
  const view = await parts.cluster.view(session);
  const wanted = asked && new Map(asked.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const found: DescribeLogDirsResponseDescribeLogDirsTopic[] = [];
  for (const topic of await parts.topics.list()) {
    const { name, topicId, width, partitions } = topic;
    const of = wanted?.get(name);
    if (wanted && !of) continue;
    const here = Array.from({ length: partitions }, (_, partition) => partition)
      .filter((partition) => !of || of.has(partition))
      .filter((partition) => view.leaderOf({ topicId, width, partition }) === view.self.id);
    const sizes = here.length > 0 ? await sizesOf(topic, parts) : undefined;
    if (!sizes) continue;
    const described = here.map((partitionIndex) => ({
      partitionIndex,
      partitionSize: sizes[partitionIndex] ?? 0,
      offsetLag: 0,
      isFutureKey: false,
    }));
    found.push({ name, partitions: described });
  }
  return found;
}

/** Undefined where the topic was deleted meanwhile. */
async function sizesOf(topic: TopicInfo, { log }: HandlerContext['parts']): Promise<number[] | undefined> {
  try {
    return await log.sizes(topic);
  } catch (error) {
    if (error instanceof LogError && error.code === 'ledger_missing') return undefined;
    throw error;
  }
}
