import { bucketAt, tableAt } from '../aws/empty-stores.ts';
import { type GatewayProcess, startGateway } from '../aws/gateway-process.ts';
import { freePort } from '../support/free-port.ts';
import { describesItself } from './starting.ts';
import { eventually } from './topic-lines.ts';

/**
 * `millrace gateway` twice, as processes over one bucket and one table: what AWS would run, and a cluster of two to
 * clients. Each keeps its port when it comes back.
 *
 * @example
 * const gateways = await TwoGateways.start(inject('ministack'));
 * await gateways.kill(0); // as the power would
 * await gateways.startAgain(0);
 */
export class TwoGateways {
  readonly #args: readonly string[];
  readonly #ports: readonly number[];
  readonly #running: (GatewayProcess | undefined)[] = [];

  private constructor(args: readonly string[], ports: readonly number[]) {
    this.#args = args;
    this.#ports = ports;
  }

  /** Over empty stores at an emulator of S3 and DynamoDB. */
  static async start(endpoint: string): Promise<TwoGateways> {
    const [bucket, table] = [await bucketAt(endpoint), await tableAt(endpoint)];
    const stores = ['--bucket', bucket, '--table', table, '--endpoint', endpoint, '--region', 'us-east-1'];
    const gateways = new TwoGateways(stores, [await freePort(), await freePort()]);
    try {
      for (const which of [0, 1]) await gateways.startAgain(which);
      await gateways.untilListed(2);
    } catch (error) {
      await gateways.end();
      throw error;
    }
    return gateways;
  }

  address(which: number): string {
    return `127.0.0.1:${this.#ports[which]}`;
  }

  /** Both, as clients are told where to begin. */
  get bootstrap(): string {
    return [this.address(0), this.address(1)].join();
  }

  /** Where it does not run. */
  async startAgain(which: number): Promise<void> {
    if (this.#running[which]) return;
    this.#running[which] = await startGateway(...this.#args, '--kafka', this.address(which));
  }

  /** SIGKILL: nothing of it runs any more when this resolves. */
  async kill(which: number): Promise<void> {
    await this.#running[which]?.kill();
    this.#running[which] = undefined;
  }

  /** Waits until those that run know of so many. */
  async untilListed(count: number): Promise<void> {
    for (const which of [0, 1].filter((one) => this.#running[one])) {
      await eventually(`${count} gateways in metadata`, () => describesItself(this.address(which), count));
    }
  }

  async end(): Promise<void> {
    await Promise.all([this.kill(0), this.kill(1)]);
  }
}
