/** The principals of resource shares: accounts, organizations and organizational units. */
import type { Membership } from '../service.js';

const ACCOUNT = /^\d{12}$/;

const ORGANIZATION_ARN = /^arn:aws:organizations::\d{12}:organization\/(o-[a-z0-9]{10,32})$/;

const UNIT_ARN =
  /^arn:aws:organizations::\d{12}:ou\/(o-[a-z0-9]{10,32})\/(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/;

/** A principal as a share names it. */
export type SharePrincipal =
  | { readonly kind: 'account'; readonly accountId: string }
  /** With a unit, only the accounts in it. */
  | { readonly kind: 'organization'; readonly organization: string; readonly unit?: string };

/** @returns undefined for text that names none of them, such as the ARN of a user */
export function parsePrincipal(text: string): SharePrincipal | undefined {
  if (ACCOUNT.test(text)) return { kind: 'account', accountId: text };
  const [, whole] = ORGANIZATION_ARN.exec(text) ?? [];
  if (whole !== undefined) return { kind: 'organization', organization: whole };
  const [, organization, unit] = UNIT_ARN.exec(text) ?? [];
  return organization && unit ? { kind: 'organization', organization, unit } : undefined;
}

/**
 * The key of an associated entity. It is the same for each ARN of an organization, whatever account it names: that is the
 * management account, which is not known here. Else a principal that is taken out of a share could stay in it under
 * another ARN.
 * @param entity an ARN, or the id of an account
 */
export function entityKey(entity: string): string {
  const principal = parsePrincipal(entity);
  if (principal?.kind !== 'organization') return entity;
  const { organization, unit } = principal;
  return unit === undefined ? organization : `${organization}/${unit}`;
}

/** The keys of all principals that an account is, or is in. */
export function principalKeys(accountId: string, membership: Membership | undefined): string[] {
  if (membership === undefined) return [accountId];
  const { organization, organizationalUnits } = membership;
  return [accountId, organization, ...organizationalUnits.map((unit) => `${organization}/${unit}`)];
}
