/*
 * Kafka's model of access rights (KIP-11, KIP-290): who may do what to which resources. The words are Kafka's own.
 */

/** What one wants to do. `ALL` stands in bindings alone. Source: Kafka's AclOperation. */
export const OPERATIONS = [
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const PERMISSIONS = ['ALLOW', 'DENY'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const RESOURCE_TYPES = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** `LITERAL` is the one resource of that name, or every one where the name is `*`; `PREFIXED`, all whose names begin so. */
export const PATTERN_TYPES = ['LITERAL', 'PREFIXED'] as const;
export type PatternType = (typeof PATTERN_TYPES)[number];

/** The name that means all: of a LITERAL pattern, and of hosts. */
export const WILDCARD = '*';
/** The principal of bindings that concern everybody. */
export const EVERYBODY = 'User:*';
/** The one name of the resource type CLUSTER. Source: Kafka's Resource.CLUSTER_NAME. */
export const CLUSTER_NAME = 'kafka-cluster';

/** The resources that a binding is about. */
export interface ResourcePattern {
  readonly type: ResourceType;
  readonly pattern: PatternType;
  readonly name: string;
}

/**
 * One rule: `principal` (`User:alice`, or `User:*` for everybody), coming from `host` (an IP address, or `*` for all), may
 * (`ALLOW`) or must not (`DENY`) do `operation` to the resources of `resource`.
 */
export interface AclBinding {
  readonly resource: ResourcePattern;
  readonly principal: string;
  readonly host: string;
  readonly operation: Operation;
  readonly permission: Permission;
}

/** One thing with its name; the cluster's is CLUSTER_NAME. */
export interface Resource {
  readonly type: ResourceType;
  readonly name: string;
}

/** The cluster itself, as a resource. */
export const CLUSTER: Resource = { type: 'CLUSTER', name: CLUSTER_NAME };

/** An operation that somebody asks for: any but `ALL`, which is no single thing to do. */
export type AskedOperation = Exclude<Operation, 'ALL'>;

/** Who asks, and where from. */
export interface Asker {
  readonly principal: string;
  /**
   * The address that the request comes from, as `hostAddress` writes it. Undefined where nobody can tell: then no rule for a
   * single host allows anything, and each denies what it says.
   */
  readonly host?: string | undefined;
}

/** May this principal do this to that? */
export interface AccessRequest extends Asker {
  readonly operation: AskedOperation;
  readonly resource: Resource;
}

/**
 * Which bindings are meant; what is left out may be anything. `pattern` ANY takes both kinds by their own names, MATCH
 * those that apply to a resource called `name`. Source: KIP-290, ResourcePatternFilter.
 */
export interface AclFilter {
  readonly type?: ResourceType;
  readonly name?: string;
  readonly pattern: PatternType | 'ANY' | 'MATCH';
  readonly principal?: string;
  readonly host?: string;
  readonly operation?: Operation;
  readonly permission?: Permission;
}

/** Every binding there is. */
export const ANY_ACL: AclFilter = { pattern: 'ANY' };
