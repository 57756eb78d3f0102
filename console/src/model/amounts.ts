/** Counts, rates and bytes as people read them. */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
const THOUSAND = 1000;

/** What stands where something is not known. */
export const UNKNOWN = '–';

/** A count: `12,345`. */
export function countText(count: number | undefined): string {
  return count === undefined ? UNKNOWN : Math.round(count).toLocaleString('en-US');
}

/** A rate: `0`, `0.4`, `1,234`. Small rates keep a decimal, so that something is told from nothing. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN;
  if (perSecond > 0 && perSecond < 0.1) return '< 0.1';
  const digits = perSecond < 10 && !Number.isInteger(perSecond) ? 1 : 0;
  return perSecond.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** Bytes in decimal units: `999 B`, `1.5 kB`, `12 MB`. */
export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return UNKNOWN;
  let [value, unit] = [bytes, 0];
  while (value >= THOUSAND && unit < BYTE_UNITS.length - 1) {
    value /= THOUSAND;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: digits })} ${BYTE_UNITS[unit]}`;
}

/** Bytes per second: `1.5 kB/s`. */
export function byteRateText(perSecond: number | undefined): string {
  return perSecond === undefined ? UNKNOWN : `${bytesText(perSecond)}/s`;
}
