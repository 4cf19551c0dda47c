import { CustomResource, Lazy } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { demand } from './errors.ts';

/** A parameter of the standard tier, which costs nothing. Source: AWS Systems Manager quotas. */
const PARAMETER_CHARS_MAX = 4_096;

/** What only a deployment knows, ARNs and URLs, stands so in a text, and may become so long. */
const TOKEN = /\$\{Token\[[^\]]*\]\}/g;
const DEPLOYED_CHARS = 160;

type Kind = 'topics' | 'routes' | 'acls';

/**
 * What a template declares, as parameters: one for each topic, route and right. A custom resource has them
 * reconciled when the stack is deployed; `tend` does so again and again, so that a platform whose deployment could not is
 * right within minutes.
 */
export class Declaration extends Construct {
  readonly path: string;
  readonly #names: Record<Kind, string[]> = { topics: [], routes: [], acls: [] };
  readonly #texts: string[] = [];
  readonly #parameters: StringParameter[] = [];
  #resource: CustomResource | undefined;

  constructor(scope: Construct, id: string, { path }: { readonly path: string }) {
    super(scope, id);
    this.path = path;
  }

  /** @throws PlatformConfigError for a name that is there already, and for more than a parameter holds */
  add(kind: Kind, name: string, thing: object): void {
    this.checkNew(kind, name);
    this.#names[kind].push(name);
    this.#parameter(`${kind}/${name}`, JSON.stringify(thing));
  }

  /** @throws PlatformConfigError for a name that is there already */
  checkNew(kind: Kind, name: string): void {
    const taken = this.#names[kind].includes(name);
    demand(!taken, `The ${kind.slice(0, -1)} "${name}" is added twice: give one another name.`);
  }

  /** Reconciles when anything that is declared changes; the deployment fails where it cannot be. */
  reconcileWith(fn: LambdaFunction, role: Role): void {
    const resource = new CustomResource(this, 'Reconcile', {
      serviceToken: fn.functionArn,
      resourceType: 'Custom::MillraceDeclaration',
      properties: {
        topics: Lazy.list({ produce: () => [...this.#names.topics] }, { omitEmpty: false }),
        routes: Lazy.list({ produce: () => [...this.#names.routes] }, { omitEmpty: false }),
        acls: Lazy.list({ produce: () => [...this.#names.acls] }, { omitEmpty: false }),
        // Whatever changes in a text changes this, and with it CloudFormation calls.
        declared: Lazy.any({ produce: () => [...this.#texts] }),
      },
    });
    // Its policy is a resource of its own, without which the function may do nothing yet.
    resource.node.addDependency(role);
    for (const parameter of this.#parameters) resource.node.addDependency(parameter);
    this.#resource = resource;
  }

  #parameter(name: string, text: string): void {
    const chars = text.replaceAll(TOKEN, 'x'.repeat(DEPLOYED_CHARS)).length;
    demand(
      chars <= PARAMETER_CHARS_MAX,
      `What is declared of "${name}" has ${chars} characters, and ${PARAMETER_CHARS_MAX} fit: shorten its filter or transform, or make the route over REST.`,
    );
    const parameter = new StringParameter(this, name.replaceAll('/', '-'), {
      parameterName: `${this.path}/${name}`,
      stringValue: text,
      tier: ParameterTier.STANDARD,
      description: 'Declared by EventPlatform; changed by deploying, not by hand',
    });
    this.#parameters.push(parameter);
    this.#texts.push(text);
    this.#resource?.node.addDependency(parameter);
  }
}
