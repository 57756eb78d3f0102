/** How the operators of conditions compare a policy's value with one of the request. */
import { isIP } from 'node:net';
import { parseCidrBlock, peerAddress } from '../../resources/address.js';
import { accepted, type Parsed, refused } from '../../resources/parsed.js';
import { matchesWildcard } from '../wildcard.js';

/** Compares a policy's value with one of the request. */
export type Comparison = (wanted: string, actual: string) => boolean;

/** Parts of an ARN; the last one may contain colons. */
const ARN_PARTS = 6;

/** ISO 8601 as the W3C profile has it: a year, month or day, or a time with its zone. */
const ISO_TIME = /^(\d{4}(?:-\d\d(?:-\d\d)?)?)(T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Seconds since 1970. Four digits are a year. */
const EPOCH_SECONDS = /^\d{5,11}$/;

const DAY_CHARACTERS = 10;

export const isEqual: Comparison = (wanted, actual) => wanted === actual;

export const isEqualIgnoringCase: Comparison = (wanted, actual) =>
  wanted.toLowerCase() === actual.toLowerCase();

export const isLike: Comparison = (wanted, actual) => matchesWildcard(wanted, actual);

/** Compares part by part, so that a wildcard does not match across a colon. */
export const isLikeArn: Comparison = (wanted, actual) => {
  const patterns = arnParts(wanted);
  const parts = arnParts(actual);
  return (
    patterns.length === parts.length &&
    patterns.every((pattern, index) => matchesWildcard(pattern, parts[index] ?? ''))
  );
};

/** True when the address of the request is the policy's, or in the policy's block. */
export const isInBlock: Comparison = (wanted, actual) => {
  const block = parseAddressBlock(wanted);
  if (!block.ok || isIP(actual) === 0) return false;
  const length = block.value.split('/')[1];
  // Of the other family, the length does not fit, or the text is another.
  const network = parseCidrBlock(`${actual}/${length}`);
  return network.ok && network.value === block.value;
};

/** A comparison of times by their distance: that of the request less that of the policy, in milliseconds. */
export function comparesTimes(fits: (distanceMs: number) => boolean): Comparison {
  return (wanted, actual) => {
    const [limit, time] = [parseTime(wanted), parseTime(actual)];
    return limit.ok && time.ok && fits(time.value - limit.value);
  };
}

/** Parses a time of a policy, to milliseconds since 1970. */
export function parseTime(value: unknown): Parsed<number> {
  const text = typeof value === 'string' ? value : '';
  if (EPOCH_SECONDS.test(text)) return accepted(Number(text) * 1000);
  const [, day = ''] = ISO_TIME.exec(text) ?? [];
  const time = isDay(day) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return accepted(time);
  return refused(
    'a time such as 2026-12-31T23:00:00Z, a day such as 2026-12-31, or seconds since 1970',
    value,
  );
}

/** Parses an address of a policy, or a block of them, to a block in canonical text. */
export function parseAddressBlock(value: unknown): Parsed<string> {
  const text = typeof value === 'string' ? value : '';
  const [host = ''] = text.split('/');
  const family = isIP(host);
  const block = parseCidrBlock(text === host && family !== 0 ? `${host}/${family === 4 ? 32 : 128}` : text);
  // The peers of a request are IPv4 then, so the block would fit none.
  const isMapped = family === 6 && isIP(peerAddress(host) ?? '') === 4;
  if (block.ok && !isMapped) return block;
  const expectation = isMapped
    ? 'an IPv4 address as dotted quads'
    : 'an address, or a block such as 10.0.0.0/8';
  return refused(expectation, value);
}

/** Parses `true` or `false`, in any case. */
export function parseTruth(value: unknown): Parsed<string> {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return text === 'true' || text === 'false' ? accepted(text) : refused('true or false', value);
}

/** False for 30 February, which Date.parse takes as 2 March. @param day a year, month or day */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return day !== '' && !Number.isNaN(time) && isoDay(time).startsWith(day);
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, DAY_CHARACTERS);
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}
