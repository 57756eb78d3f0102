/** CIDR blocks of both families, checked as text. The API makes them canonical. */
import type { Problem } from './fields.js';

const SYNTAX = /^([^/%]+)\/(0|[1-9][0-9]{0,2})$/;
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const GROUPS = 8;
/** Groups that a dotted IPv4 address at the end stands for. */
const IPV4_GROUPS = 2;

/** The family of an IP address. @returns undefined for other text */
export function addressFamily(text: string): 4 | 6 | undefined {
  if (IPV4.test(text)) return 4;
  return isIpv6(text) ? 6 : undefined;
}

/** The family of a CIDR block. @returns undefined for other text */
export function cidrBlockFamily(text: string): 4 | 6 | undefined {
  const [, address = '', length = ''] = SYNTAX.exec(text.trim()) ?? [];
  const family = addressFamily(address);
  if (family === undefined) return undefined;
  return Number(length) <= (family === 4 ? 32 : 128) ? family : undefined;
}

/** What is wrong with a CIDR block. @param label of the field */
export function cidrBlockProblem(text: string, label: string): Problem {
  const trimmed = text.trim();
  if (trimmed === '') return `${label} is required.`;
  if (cidrBlockFamily(trimmed) !== undefined) return undefined;
  const family = addressFamily(trimmed);
  if (family !== undefined) return `Enter ${trimmed}/${family === 4 ? 32 : 128} for this one host.`;
  return 'Enter a CIDR block such as 10.0.0.0/16 or fd00::/8.';
}

/** Both blocks of a rule are of one family. The problem belongs to the destination. */
export function familiesProblem(source: string, destination: string): Problem {
  const [one, other] = [cidrBlockFamily(source), cidrBlockFamily(destination)];
  if (one === undefined || other === undefined || one === other) return undefined;
  return `The source is IPv${one}, the destination IPv${other}: both must be of one family.`;
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1)?.at(-1);
  const hasIpv4 = last !== undefined && IPV4.test(last);
  if (hasIpv4) groups.at(-1)?.pop();
  const all = groups.flat();
  const count = all.length + (hasIpv4 ? IPV4_GROUPS : 0);
  return all.every((group) => GROUP.test(group)) && (halves.length === 2 ? count < GROUPS : count === GROUPS);
}
