import { createHash } from 'node:crypto';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { RouteEvent } from '../envelope.ts';
import { setting } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind } from '../sink.ts';
import { type Arn, arnOf } from './arn.ts';
import { type CallTarget, callFailure, clientOptions, failedUnless, once, tooLarge } from './aws-calls.ts';
import { asBuffer, type BodyFormat, bytesBody, formatSetting } from './bodies.ts';

export interface StepFunctionsOptions {
  readonly stateMachine: Arn;
  readonly format: BodyFormat;
}

/** Input of an execution, UTF-8. Source: Step Functions quotas, "Maximum input or output size". */
const INPUT_BYTES_MAX = 262_144;
/** Source: StartExecution, API reference, `name`. */
const NAME_CHARS_MAX = 80;
/** 128 bits of a hash: no two events of all time share them. */
const NAME_DIGEST_CHARS = 32;

/**
 * Starts an execution per event. Its name follows from the route's run and the event's place, so a standard state machine
 * starts each event once, however often it is delivered, for the 90 days that it remembers names. An express one
 * remembers none: at least once.
 *
 * @example
 * new StepFunctionsSink({ stateMachine: arn, format: 'value' });
 */
export class StepFunctionsSink implements Sink {
  readonly className = 'millrace.StepFunctionsSink';
  readonly order = 'key';
  readonly sameBatches = false;
  readonly batchEventsMax = 1;
  readonly batchBytesMax = INPUT_BYTES_MAX;
  readonly #options: StepFunctionsOptions;
  readonly #call: CallTarget;
  readonly #client: () => Promise<SFNClient>;

  constructor(options: StepFunctionsOptions) {
    this.#options = options;
    const { text, region } = options.stateMachine;
    this.#call = { target: `state machine ${text}`, setting: stateMachine.name, right: 'states:StartExecution' };
    this.#client = once(async () => {
      const { SFNClient } = await import('@aws-sdk/client-sfn');
      return new SFNClient(clientOptions({ region }));
    });
  }

  async deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const event of batch.events) outcomes.push(await this.#start(event, batch, context));
    return outcomes;
  }

  async #start(event: RouteEvent, { topicId }: SinkBatch, { run, signal }: SinkContext): Promise<Outcome> {
    const input = inputOf(event, this.#options.format, topicId);
    const sizeBytes = Buffer.byteLength(input);
    if (sizeBytes > INPUT_BYTES_MAX) {
      return tooLarge(sizeBytes, { what: 'the input of an execution', limitBytes: INPUT_BYTES_MAX });
    }
    try {
      const client = await this.#client();
      const { StartExecutionCommand } = await import('@aws-sdk/client-sfn');
      const name = executionName(event, `${run}/${topicId}`);
      const command = new StartExecutionCommand({ stateMachineArn: this.#options.stateMachine.text, name, input });
      await client.send(command, { abortSignal: signal });
      return DELIVERED;
    } catch (thrown) {
      const failure = callFailure(thrown, this.#call, signal);
      // Started by an earlier try whose answer was lost. With the same input and still running, it is no error at all.
      return failure.code === 'ExecutionAlreadyExists' ? DELIVERED : failedUnless(failure, ['InvalidExecutionInput']);
    }
  }
}

/**
 * `<topic, cut>-<partition>-<offset>-<digest>`: for the eye the place, for uniqueness the digest.
 *
 * @example
 * executionName(event, scope); // orders-3-17-9f86d081884c7d659a2feaa0c55ad015
 */
export function executionName({ topic, partition, offset }: RouteEvent, scope: string): string {
  const digest = createHash('sha256')
    .update(`${scope}/${partition}/${offset}`)
    .digest('hex')
    .slice(0, NAME_DIGEST_CHARS);
  const place = `-${partition}-${offset}-${digest}`;
  return topic.slice(0, NAME_CHARS_MAX - place.length) + place;
}

/** Input must be JSON: a value that is none becomes a JSON text, of its base64 where it is not UTF-8. */
function inputOf(event: RouteEvent, format: BodyFormat, topicId: string): string {
  if (event.value === null && format === 'value') return 'null';
  const bytes = asBuffer(bytesBody(event, format, { topicId }));
  const text = bytes.toString('utf8');
  if (isJson(text)) return text;
  return JSON.stringify(Buffer.from(text).equals(bytes) ? text : bytes.toString('base64'));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}

const stateMachine = setting('stepfunctions.state.machine.arn', {
  type: 'STRING',
  required: true,
  group: 'Step Functions',
  documentation: 'The ARN of the state machine to start, standard or express, or of a version or alias of it.',
  parse: arnOf(
    'states',
    /^stateMachine:[^\s:]{1,80}(:[\w.-]{1,80})?$/,
    'arn:aws:states:us-east-1:123456789012:stateMachine:orders',
  ),
});
const format = formatSetting('stepfunctions.format', 'Step Functions');

export const STEP_FUNCTIONS: SinkKind = {
  name: 'stepfunctions',
  settings: [stateMachine, format],
  read(reader) {
    const [arn, form] = [reader.read(stateMachine), reader.read(format)];
    if (!arn || !form) return undefined;
    const options = { stateMachine: arn, format: form };
    return { options, open: () => new StepFunctionsSink(options) };
  },
};
