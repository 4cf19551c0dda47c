import { AbortedError } from '../../bytes/index.ts';
import type { Isolation } from '../../log/index.ts';
import { batchHeader, batchLength } from '../../record/index.ts';
import type { TopicFetched, TopicRead } from '../../topic/index.ts';
import type { Budget } from '../budget.ts';
import type { FetchRequest, FetchResponse, FetchResponsePartitionData } from '../codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf } from '../error-codes.ts';
import type { FetchSession, Wanted } from '../fetch/index.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { topicNamed } from '../rights.ts';
import { epochError } from './leader-epoch.ts';
import { nearerReplicas } from './nearer-replica.ts';

/** The isolation of readers that see what is committed. Source: org.apache.kafka.common.IsolationLevel. */
const READ_COMMITTED = 1;
/** Clients below this version of Fetch may not know zstd (KIP-110). */
const ZSTD_VERSION = 10;
/** However short memory is, an answer holds as much as a batch usually does. */
const ANSWER_BYTES_MIN = 1 << 20;
/** Answers of the largest size that may be made at one time: those that consumers wait for, on a few connections. */
const ANSWERS_AT_ONCE = 4;
const NO_RECORDS: readonly Uint8Array[] = [];

/*
 * Fetch, versions 4 to 12: record batches from an offset on, as they are stored and without copying them.
 * - An offset inside a batch gives the whole batch. The first batch comes whatever its size.
 * - Isolation 1, read_committed, ends at the last stable offset, and tells which transactions among the batches were aborted.
 * - Waits for min bytes, at most max wait; the commit of an append ends the wait. What fails is told at once.
 * - v5 has the log start offset. v7 has sessions (KIP-227). v9 has the epoch that the client knows of its leader.
 * - v10 may carry zstd; before, a partition whose next batch is compressed so is refused.
 * - v11 has the client's rack: where gateways are there, it is told which one to fetch from (KIP-392).
 * - v12 could tell that the log diverged: it cannot.
 */
export const fetch: Handler<'Fetch'> = {
  api: 'Fetch',
  handle: async (request, context) => {
    const { wanted, session } = context.parts.fetchSessions.ask(request);
    // What follows only reads: requests behind this one need not wait for as long as it does.
    context.admitted();
    const found = await fetchAll(wanted, request, context);
    return answer(wanted, found, session, request.sessionEpoch);
  },
  failed: ({ topics }, { errorCode }, { version }) => ({
    throttleTimeMs: 0,
    errorCode,
    responses:
      version >= 7
        ? []
        : topics.map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partition }) => failed(partition, errorCode)),
          })),
  }),
};

/** The answer for each partition that is wanted, in their order. */
async function fetchAll(
  wanted: readonly Wanted[],
  request: FetchRequest,
  context: HandlerContext,
): Promise<FetchResponsePartitionData[]> {
  const allowed = await mayRead(wanted, context);
  const nearer = await nearerReplicas(wanted, request.rackId, context);
  const settled = wanted.map(({ topic, partition, currentLeaderEpoch }, i) => {
    const refused = allowed.has(topic) ? epochError(currentLeaderEpoch) : KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED;
    if (refused !== KAFKA_ERRORS.NONE) return failed(partition, refused);
    const preferredReadReplica = nearer[i];
    return preferredReadReplica === undefined ? undefined : { ...failed(partition, refused), preferredReadReplica };
  });
  const asked = wanted.filter((_, i) => settled[i] === undefined);
  const found = await read(asked, asked.length < wanted.length, request, context);
  let next = 0;
  return wanted.map(({ partition }, i) => settled[i] ?? dataOf(partition, found[next++]!, request, context));
}

async function mayRead(wanted: readonly Wanted[], { allow }: HandlerContext): Promise<Set<string>> {
  const topics = [...new Set(wanted.map(({ topic }) => topic))];
  const allowed = await Promise.all(topics.map((topic) => allow('READ', topicNamed(topic))));
  return new Set(topics.filter((_, i) => allowed[i]));
}

async function read(
  asked: readonly Wanted[],
  atOnce: boolean,
  { maxBytes, minBytes, maxWaitMs, isolationLevel }: FetchRequest,
  { parts, signal, lease }: HandlerContext,
): Promise<TopicFetched[]> {
  const reads: TopicRead[] = asked.map(({ topic, partition, fetchOffset, maxBytes: bytes }) => ({
    topic,
    partition,
    offset: fetchOffset,
    maxBytes: Math.max(bytes, 0),
  }));
  const most = Math.max(0, Math.min(maxBytes, answerBytesMax(parts.answers)));
  const isolation: Isolation = isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted';
  const now = { maxBytes: most, minBytes: Math.max(minBytes, 0), isolation, lease };
  if (atOnce || maxWaitMs <= 0) return parts.events.fetch(reads, now);
  try {
    return await parts.events.fetch(reads, { ...now, maxWaitMs, signal });
  } catch (thrown) {
    if (!(thrown instanceof AbortedError)) throw thrown;
    // Nobody waits any longer, but who has asked before the end is answered.
    return parts.events.fetch(reads, now);
  }
}

/** One answer's share of what answers may hold: the more wait to be sent, the less each new one has. */
function answerBytesMax(answers: Budget): number {
  return Math.max(ANSWER_BYTES_MIN, Math.floor(answers.left / ANSWERS_AT_ONCE));
}

function dataOf(
  partitionIndex: number,
  { batches, error, highWatermark, lastStableOffset, logStartOffset, aborted }: TopicFetched,
  { isolationLevel }: FetchRequest,
  { parts, version }: HandlerContext,
): FetchResponsePartitionData {
  if (error) {
    const errorCode = kafkaErrorOf(error);
    if (errorCode === KAFKA_ERRORS.CORRUPT_MESSAGE) parts.onError(error, 'answering Fetch');
    return { ...failed(partitionIndex, errorCode), highWatermark, logStartOffset };
  }
  if (version < ZSTD_VERSION && batches.some(hasZstd)) {
    return failed(partitionIndex, KAFKA_ERRORS.UNSUPPORTED_COMPRESSION_TYPE);
  }
  return {
    partitionIndex,
    errorCode: KAFKA_ERRORS.NONE,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions: isolationLevel === READ_COMMITTED ? aborted : null,
    records: batches,
  };
}

function hasZstd(batches: Uint8Array): boolean {
  for (let at = 0; at < batches.length; at += batchLength(batches, at)) {
    if (batchHeader(batches, at).codec === 'zstd') return true;
  }
  return false;
}

/** All partitions, or of a session that goes on those with news, by their topics. */
function answer(
  wanted: readonly Wanted[],
  found: readonly FetchResponsePartitionData[],
  session: FetchSession | undefined,
  sessionEpoch: number,
): FetchResponse {
  const topics = new Map<string, FetchResponsePartitionData[]>();
  wanted.forEach((one, i) => {
    const data = found[i]!;
    const news = session?.hasNews(one, data);
    if (sessionEpoch > 0 && news === false) return;
    const partitions = topics.get(one.topic);
    if (partitions) partitions.push(data);
    else topics.set(one.topic, [data]);
  });
  return {
    throttleTimeMs: 0,
    errorCode: KAFKA_ERRORS.NONE,
    sessionId: session?.id ?? 0,
    responses: Array.from(topics, ([topic, partitions]) => ({ topic, partitions })),
  };
}

/** An answer without records: for an error, or what is to be fetched elsewhere. */
function failed(partitionIndex: number, errorCode: number): FetchResponsePartitionData {
  return {
    partitionIndex,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    records: NO_RECORDS,
  };
}
