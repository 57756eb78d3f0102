/** Accounts: whose a resource is. */
import { accepted, type Parsed, refused } from './parsed.js';

const ACCOUNT_ID = /^[0-9]{12}$/;

/** Twelve digits, as text: leading zeros count. */
export function parseAccountId(value: unknown): Parsed<string> {
  if (typeof value === 'string' && ACCOUNT_ID.test(value)) return accepted(value);
  return refused('an account id of twelve digits, in quotes', value);
}
