import { type NameFrom, REQUIREMENTS, type Requirement } from '../../lib/http/access/requirements.ts';

const WHOSE: Readonly<Record<NameFrom, string>> = {
  path: '',
  request: 's named',
  listed: ', of those shown',
  orCluster: ' or cluster',
};

/** The rows of docs/security.md's table, in the order in which the code has them. */
export function requirementRows(): string[] {
  return Object.entries(REQUIREMENTS).map(([route, requirement]) => {
    const path = route.replace(/:action\{([^}]+)\}/, '$1').replace(/:(\w+)(?=\/|$)/g, '{$1}');
    return `| \`${path}\` | ${text(requirement)} |`;
  });
}

function text(requirement: Requirement): string {
  if (requirement === 'open') return 'nothing';
  if (requirement === 'principal') return 'a principal';
  const needs = requirement.map(({ operation, type, from }) => {
    return `${operation} ${type.toLowerCase()}${WHOSE[from]}`;
  });
  return needs.join('; ');
}
