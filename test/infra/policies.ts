import type { Template } from 'aws-cdk-lib/assertions';

/** A statement of a role's policies, as the template has it, with references flattened: `<Queue.Arn>`. */
export interface Statement {
  readonly sid: string | undefined;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

interface RawStatement {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Statement['conditions'];
}

/** All that the roles and users whose logical ids begin so may do. */
export function statementsOf(template: Template, holder: string): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as Resource[];
  return policies.flatMap(({ Properties }) => {
    const holders = [...list(Properties.Roles), ...list(Properties.Users)].map(flat);
    if (!holders.some((one) => one.slice(1).startsWith(holder))) return [];
    const { Statement: raw } = Properties.PolicyDocument as { readonly Statement: readonly RawStatement[] };
    return raw.map(({ Sid, Action, Resource: on, Condition = {} }) => ({
      sid: Sid,
      actions: list(Action).map(String),
      resources: list(on).map(flat),
      conditions: Condition,
    }));
  });
}

/** The statements of the role of a function, by the function's name. */
export function rightsOf(template: Template, functionName: string): Statement[] {
  return statementsOf(template, roleOf(template, functionName));
}

/** The logical id of a function's role. */
export function roleOf(template: Template, functionName: string): string {
  const found = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: functionName } }),
  ) as Resource[];
  return flat(found[0]?.Properties.Role).slice(1).split('.')[0]!;
}

/** A statement in a line: `ReadLog: dynamodb:GetItem | <Items.Arn> | topics, ledger/*`; hashes of logical ids left out. */
export function line({ sid, actions, resources, conditions }: Statement): string {
  const when = Object.values(conditions).flatMap((one) => Object.values(one).flat());
  const shown = [[...actions].sort().join(' '), resources.join(' '), ...(when.length > 0 ? [when.join(' ')] : [])];
  return `${sid === undefined ? '' : `${sid}: `}${shown.join(' | ')}`.replaceAll(/[0-9A-F]{8}(?=[.>])/g, '');
}

/** What a value of a template says, with references in angle brackets. */
export function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(flat).join('');
  const [[name, inner] = ['', '']] = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  if (name === 'Ref') return `<${String(inner)}>`;
  if (name === 'Fn::GetAtt') return `<${(inner as readonly string[]).join('.')}>`;
  if (name === 'Fn::Join')
    return ((inner as readonly unknown[])[1] as readonly unknown[])
      .map(flat)
      .join(flat((inner as readonly unknown[])[0]));
  return JSON.stringify(value);
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
