/**
 * What a template (CDK) declares, reconciled with what is there: topics, routes and rights come true as declared, and what was added
 * or changed by hand stays. Three-way: the last declaration is remembered, one item for each thing, and only what changed
 * since is applied (docs/decisions/0006-what-is-declared-and-what-is-there.md).
 */
export { DECLARED_PK } from './declared-item.ts';
export { DeclarationError } from './errors.ts';
export type { Declaration, DeclaredRoute, DeclaredTopic, ReconcileReport, Revised, Settled } from './model.ts';
export { type DeclaredText, type ListedNames, parseDeclaration } from './parse.ts';
export { type DeclarationServices, forgetTemplate, reconcile } from './reconcile.ts';
