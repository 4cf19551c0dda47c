import type { MetaStore } from '../store/index.ts';
import { type CompileParts, compileRoute } from './compile.ts';
import type { RouteConfig } from './config.ts';
import { readRoute } from './route-item.ts';
import type { CompiledRoute } from './task.ts';

export interface CompiledEntry {
  readonly config: RouteConfig;
  readonly compiled: CompiledRoute;
  /** As `StoredRoute.worker`. */
  readonly worker: string | undefined;
}

/** Routes compiled once per version. The item is read each time: any process may have changed it. */
export class CompiledRoutes {
  readonly #parts: CompileParts & { readonly items: MetaStore };
  readonly #known = new Map<string, CompiledEntry & { readonly key: string }>();

  constructor(parts: CompileParts & { readonly items: MetaStore }) {
    this.#parts = parts;
  }

  /** The route, where it is to run. @throws RouteConfigError; StoreError */
  async load(name: string): Promise<CompiledEntry | undefined> {
    const route = await readRoute(this.#parts.items, name);
    if (route?.state !== 'RUNNING') {
      this.#known.delete(name);
      return undefined;
    }
    const { worker } = route;
    const key = `${route.id}/${JSON.stringify(route.texts)}`;
    const known = this.#known.get(name);
    if (known?.key === key) return { ...known, worker };
    const entry = { key, worker, ...compileRoute(route, this.#parts) };
    this.#known.set(name, entry);
    return entry;
  }

  /** Of the version last loaded; 1 before. */
  tasksMax(name: string): number {
    return this.#known.get(name)?.config.tasksMax ?? 1;
  }
}
