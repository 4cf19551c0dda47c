import { type AccessRequest, type AclBinding, EVERYBODY, type ResourceType, WILDCARD } from './model.ts';

/** The bindings of one principal on one kind of resource. */
interface Shelf {
  readonly literal: Map<string, AclBinding[]>;
  readonly prefixed: Map<string, AclBinding[]>;
  /** Lengths of the prefixes: a name is looked up once for each. */
  readonly lengths: Set<number>;
}

/**
 * Bindings by whom and what they concern, so that a request looks at a few of them, however many there are. Answers the
 * same as a walk over all of them would.
 */
export class BindingsIndex {
  readonly all: readonly AclBinding[];
  readonly #shelves = new Map<string, Shelf>();

  constructor(bindings: readonly AclBinding[]) {
    this.all = bindings;
    for (const binding of bindings) this.#add(binding);
  }

  /** The bindings that may decide the request. */
  *about({ principal, resource: { type, name } }: Pick<AccessRequest, 'principal' | 'resource'>): Iterable<AclBinding> {
    for (const who of new Set([principal, EVERYBODY])) {
      const shelf = this.#shelves.get(key(who, type));
      if (!shelf) continue;
      yield* shelf.literal.get(name) ?? [];
      if (name !== WILDCARD) yield* shelf.literal.get(WILDCARD) ?? [];
      for (const length of shelf.lengths) {
        if (length <= name.length) yield* shelf.prefixed.get(name.slice(0, length)) ?? [];
      }
    }
  }

  #add(binding: AclBinding): void {
    const { type, pattern, name } = binding.resource;
    const at = key(binding.principal, type);
    const shelf = this.#shelves.get(at) ?? { literal: new Map(), prefixed: new Map(), lengths: new Set() };
    this.#shelves.set(at, shelf);
    const names = pattern === 'PREFIXED' ? shelf.prefixed : shelf.literal;
    const there = names.get(name);
    if (there) there.push(binding);
    else names.set(name, [binding]);
    if (pattern === 'PREFIXED') shelf.lengths.add(name.length);
  }
}

/** Types have no space in them, so no principal can end like one. */
function key(principal: string, type: ResourceType): string {
  return `${type} ${principal}`;
}
