import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { demand } from './errors.ts';
import { acknowledge } from './nag.ts';
import {
  FUNCTION_NAME_CHARS_MAX,
  type FunctionDefaults,
  PlatformFunction,
  type PlatformFunctionProps,
} from './platform-function.ts';
import { invokeByName, type Rights } from './rights.ts';

/** Memory is CPU too, and delivering mostly waits. */
export const WORKER_MEMORY_MIB = 256;

/** Of a word that there is work, which the sweep gives anew each minute. */
const WORK_AGE_MAX = Duration.minutes(5);

/** The functions of one platform: all have its defaults, and the key where there is one. */
export class PlatformFunctions {
  readonly #scope: Construct;
  readonly #defaults: FunctionDefaults;
  readonly rights: Rights;

  constructor(scope: Construct, defaults: FunctionDefaults, rights: Rights) {
    this.#scope = scope;
    this.#defaults = defaults;
    this.rights = rights;
  }

  /** @throws PlatformConfigError for a name that is too long */
  add(id: string, props: Omit<PlatformFunctionProps, 'defaults'>): PlatformFunction {
    const name = this.nameOf(props.name ?? props.entry);
    demand(
      name.length <= FUNCTION_NAME_CHARS_MAX,
      `"${name}" is too long for a function's name: shorten the platform's name, or the route's or source's, to ${FUNCTION_NAME_CHARS_MAX} characters in all.`,
    );
    return new PlatformFunction(this.#scope, id, {
      defaults: this.#defaults,
      ...props,
      rights: [...props.rights, ...this.rights.useKey()],
    });
  }

  /** What delivers: for one route, or for all that have no function of their own. */
  deliver(id: string, route: string | undefined, { appends }: { readonly appends: boolean }): PlatformFunction {
    const name = route === undefined ? 'deliver' : `deliver-${route}`;
    const worker = this.add(id, {
      entry: 'deliver',
      name,
      description: route === undefined ? 'Delivers for routes made over REST' : `Delivers for route ${route}`,
      memoryMiB: WORKER_MEMORY_MIB,
      timeout: Duration.minutes(15),
      startsItself: true,
      rights: [
        ...this.rights.readLog(),
        ...this.rights.deliver(route),
        ...(appends ? this.rights.appendLog() : []),
        // It goes on in a new invocation when its time runs out.
        invokeByName(this.#scope, this.nameOf(name)),
      ],
    });
    // Where it fails, the sweep starts it anew each minute: a second try at once would only be in the way.
    worker.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: WORK_AGE_MAX });
    acknowledge(worker.function, 'restarted');
    return worker;
  }

  nameOf(name: string): string {
    return `${this.#defaults.platform}-${name}`;
  }
}
