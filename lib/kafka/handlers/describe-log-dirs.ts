import { CLUSTER } from '../../auth/index.ts';
import type { DescribeLogDirsRequest } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';

/** There are no directories; consoles want the name of one. */
const LOG_DIR = 'millrace';

/*
 * DescribeLogDirs, versions 1 to 4: which partitions a broker has. Consoles call a cluster offline without it.
 * - One directory stands for the stores. Sizes are not told (0): bytes of many partitions share objects.
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
async function partitionsHere({ topics: asked }: DescribeLogDirsRequest, { parts, session }: HandlerContext) {
  const view = await parts.cluster.view(session);
  const wanted = asked && new Map(asked.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  return (await parts.topics.list())
    .filter(({ name }) => !wanted || wanted.has(name))
    .map(({ name, topicId, width, partitions }) => ({
      name,
      partitions: Array.from({ length: partitions }, (_, partition) => partition)
        .filter((partition) => view.leaderOf({ topicId, width, partition }) === view.self.id)
        .filter((partition) => !wanted || wanted.get(name)!.has(partition))
        .map((partitionIndex) => ({ partitionIndex, partitionSize: 0, offsetLag: 0, isFutureKey: false })),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}
