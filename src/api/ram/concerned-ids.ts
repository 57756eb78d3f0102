/** The shares, targets and accounts that a request of RAM names, and the share that it makes: for the audit log. */
import type { ApiInput } from '../service.js';

const MEMBERS = ['resourceShareArn', 'resourceShareInvitationArn', 'resourceArns', 'principals'] as const;

/** @returns ARNs and ids of accounts, as they were written */
export function idsOfRequest({ body, query }: Extract<ApiInput, { format: 'json' }>): string[] {
  return [...idsIn(body), ...idsIn(Object.fromEntries(query))];
}

export function idsOfAnswer({ resourceShare }: Readonly<Record<string, unknown>>): string[] {
  return idsIn(resourceShare);
}

function idsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const members = value as Readonly<Record<string, unknown>>;
  return MEMBERS.flatMap((name) => (Object.hasOwn(members, name) ? [members[name]].flat() : [])).filter(
    (id): id is string => typeof id === 'string',
  );
}
