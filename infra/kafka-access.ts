import { Token } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { demand } from './errors.ts';

export interface KafkaTlsOptions {
  /** Of `domainName`, in this region. */
  readonly certificate: ICertificate;
  /** Where clients connect to: `bootstrap.servers` is this name and the port. */
  readonly domainName: string;
  /** Where the name is made to lead to the load balancer. Default: nowhere, you see to it. */
  readonly hostedZone?: IHostedZone;
  /** Default: 9094. */
  readonly port?: number;
}

/** Kafka's customary ports. */
const TLS_PORT = 9094;
const PLAINTEXT_PORT = 9092;
const PORT_MAX = 65_535;

/** How clients reach gateways. */
export class KafkaAccess {
  readonly port: number;
  /** Undefined for plaintext. */
  readonly tls: KafkaTlsOptions | undefined;

  private constructor(port: number, tls: KafkaTlsOptions | undefined) {
    this.port = port;
    this.tls = tls;
  }

  /**
   * TLS as far as the load balancer, which all traffic goes through: all gateways have its one name, and are one broker to
   * clients (`security.protocol=SSL`).
   *
   * @throws PlatformConfigError
   * @example
   * KafkaAccess.tls({ certificate, domainName: 'kafka.example.com', hostedZone });
   */
  static tls(options: KafkaTlsOptions): KafkaAccess {
    const { domainName, port = TLS_PORT } = options;
    demand(
      Token.isUnresolved(domainName) || /^([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/i.test(domainName),
      `"${domainName}" is no domain name: write what the certificate is for, such as kafka.example.com.`,
    );
    demand(
      Number.isInteger(port) && port > 0 && port <= PORT_MAX,
      `${port} is no port: write a whole number from 1 to ${PORT_MAX}.`,
    );
    return new KafkaAccess(port, options);
  }

  /**
   * Plaintext, for clients inside the VPC: they find gateways through the load balancer and then connect to each by its own
   * address, so that a fetch stays in the consumer's zone (`client.rack` is the zone's name) and pays for no balancer.
   */
  static plaintext(): KafkaAccess {
    return new KafkaAccess(PLAINTEXT_PORT, undefined);
  }
}
