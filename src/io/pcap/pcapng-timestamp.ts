/** Timestamps of pcapng: 64-bit counts of a unit that each interface chooses. */
import type { CaptureRecord } from './capture-record.js';

/** The exact division below keeps remainder × 256 within 2^53: 2^45, or 10^13 units a second. */
const MAXIMUM_UNITS = 2 ** 45;

/**
 * Units per second from if_tsresol (draft-ietf-opsawg-pcapng §4.2).
 * @returns undefined for a unit finer than any clock, 10^-14 or 2^-46 seconds.
 */
export function unitsPerSecond(resolution: number): number | undefined {
  const units = resolution >= 0x80 ? 2 ** (resolution - 0x80) : 10 ** resolution;
  return units <= MAXIMUM_UNITS ? units : undefined;
}

/**
 * Sets the seconds and nanoseconds of a record. Exact, though 64 bits do not fit into a double: a long
 * division by bytes, whose remainders do.
 * @param high upper 32 bits. @param low lower 32 bits.
 */
export function setTimestamp(record: CaptureRecord, high: number, low: number, units: number): void {
  let seconds = Math.floor(high / units);
  let remainder = high - seconds * units;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const dividend = remainder * 256 + ((low >>> shift) & 0xff);
    const quotient = Math.floor(dividend / units);
    seconds = seconds * 256 + quotient;
    remainder = dividend - quotient * units;
  }
  record.seconds = seconds;
  // Either form is exact in its range: 10^9 is 2^9 × 5^9, and a remainder below 2^32 times 5^9 fits in 53 bits.
  record.nanoseconds =
    units <= 2 ** 32 ? Math.floor((remainder * 1e9) / units) : Math.floor(remainder / (units / 1e9));
}
