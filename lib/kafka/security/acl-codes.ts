import type { AclBinding, AclFilter, Operation, PatternType, Permission, ResourceType } from '../../auth/index.ts';
import { KafkaError } from '../errors.ts';

/*
 * Access rules as the Kafka protocol has them: in numbers. Source: AclOperation, AclPermissionType, PatternType and
 * ResourceType of kafka-clients 4.3.1.
 */
const ANY = 1;
const MATCH = 2;

const RESOURCES: Readonly<Record<ResourceType, number>> = { TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5 };
const PATTERNS: Readonly<Record<PatternType, number>> = { LITERAL: 3, PREFIXED: 4 };
const PERMISSIONS: Readonly<Record<Permission, number>> = { DENY: 2, ALLOW: 3 };
const OPERATIONS: Readonly<Record<Operation, number>> = {
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
};

/** What Kafka knows and is not here: nothing of it is ever found. DELEGATION_TOKEN and USER; what is done with tokens. */
const RESOURCE_CODE_MAX = 7;
const OPERATION_CODE_MAX = 15;

const RESOURCE_OF = byCode(RESOURCES);
const PATTERN_OF = byCode(PATTERNS);
const PERMISSION_OF = byCode(PERMISSIONS);
const OPERATION_OF = byCode(OPERATIONS);

/** A binding in numbers; its pattern and its entry have fields of the same names in every message. */
export interface AclCodes {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export interface AclFilterCodes {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

export function aclCodes({ resource, principal, host, operation, permission }: AclBinding): AclCodes {
  return {
    resourceType: RESOURCES[resource.type],
    resourceName: resource.name,
    patternType: PATTERNS[resource.pattern],
    principal,
    host,
    operation: OPERATIONS[operation],
    permissionType: PERMISSIONS[permission],
  };
}

/** @throws KafkaError INVALID_REQUEST for a number that stands for nothing that can be bound here */
export function aclBinding(codes: AclCodes): AclBinding {
  const { principal, host } = codes;
  return {
    resource: {
      type: RESOURCE_OF.get(codes.resourceType) ?? unbound('resource type', codes.resourceType),
      pattern: PATTERN_OF.get(codes.patternType) ?? unbound('pattern type', codes.patternType),
      name: codes.resourceName,
    },
    principal,
    host,
    operation: OPERATION_OF.get(codes.operation) ?? unbound('operation', codes.operation),
    permission: PERMISSION_OF.get(codes.permissionType) ?? unbound('permission type', codes.permissionType),
  };
}

/**
 * What the numbers look for; undefined where that is something that Kafka has and that is never found here.
 * @throws KafkaError INVALID_REQUEST for a number that stands for nothing
 */
export function aclFilter(codes: AclFilterCodes): AclFilter | undefined {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = codes;
  const type = RESOURCE_OF.get(resourceTypeFilter);
  const doing = OPERATION_OF.get(operation);
  const permission = PERMISSION_OF.get(permissionType);
  if (!type) within('resource type', resourceTypeFilter, RESOURCE_CODE_MAX);
  if (!doing) within('operation', operation, OPERATION_CODE_MAX);
  if (!permission) within('permission type', permissionType, ANY);
  if ((!type && resourceTypeFilter !== ANY) || (!doing && operation !== ANY)) return undefined;
  return {
    pattern: patternFilter(patternTypeFilter),
    ...(type && { type }),
    ...(codes.resourceNameFilter !== null && { name: codes.resourceNameFilter }),
    ...(codes.principalFilter !== null && { principal: codes.principalFilter }),
    ...(codes.hostFilter !== null && { host: codes.hostFilter }),
    ...(doing && { operation: doing }),
    ...(permission && { permission }),
  };
}

function patternFilter(code: number): AclFilter['pattern'] {
  if (code === ANY) return 'ANY';
  if (code === MATCH) return 'MATCH';
  return PATTERN_OF.get(code) ?? unbound('pattern type', code);
}

function within(what: string, code: number, max: number): void {
  if (code < ANY || code > max) unbound(what, code);
}

function unbound(what: string, code: number): never {
  throw new KafkaError('INVALID_REQUEST', `There is no ${what} ${code} of access rules here.`);
}

function byCode<Word extends string>(codes: Readonly<Record<Word, number>>): ReadonlyMap<number, Word> {
  return new Map((Object.keys(codes) as Word[]).map((word) => [codes[word], word]));
}
