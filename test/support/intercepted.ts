/**
 * `inner` with the methods of `instead` in the place of its own; all others are its own, bound to it. `inner` stays as it is,
 * and is there to be called by what stands in its place: so a test sees, delays or refuses some calls, and names those alone.
 * Calls that `inner` makes of its own methods are not intercepted.
 *
 * @example
 * const items = intercepted(stores.items, {
 *   transact: async (writes) => {
 *     await meanwhile();
 *     return stores.items.transact(writes);
 *   },
 * });
 * const slow = openLog({ stores: { ...stores, items }, clock, random });
 */
export function intercepted<T extends object>(inner: T, instead: Partial<NoInfer<T>>): T {
  return new Proxy(inner, {
    get: (target, name) => {
      if (Object.hasOwn(instead, name)) return Reflect.get(instead, name);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Makes a call, or does not: `call` goes on to what is behind the gate. */
export type Gate = <Result>(call: () => Promise<Result>) => Promise<Result>;

/**
 * `inner`, whose methods all answer with a promise, behind `gate`, through which each call goes.
 *
 * @example
 * const items = gated(stores.items, async (call) => {
 *   await held;
 *   return call();
 * });
 */
export function gated<T extends object>(inner: T, gate: Gate): T {
  return new Proxy(inner, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => gate(() => member.apply(target, args));
    },
  });
}
