/** A frame in hexadecimal digits. */
import { accepted, type Parsed, show } from '../resources/parsed.js';

/**
 * Reads digits in pairs, with any white space, colons and hyphens between them, and 0x in front.
 * @param most bytes
 */
export function parseHexFrame(text: string, most: number): Parsed<Uint8Array> {
  const digits = text.replace(/^\s*0x/i, '').replaceAll(/[\s:-]/g, '');
  const wrong = /[^0-9a-f]/i.exec(digits)?.[0];
  const problem =
    wrong !== undefined
      ? `${show(wrong)} is no hexadecimal digit`
      : digits.length === 0
        ? 'empty'
        : digits.length % 2 === 1
          ? `${digits.length} digits: half a byte is left over`
          : digits.length > 2 * most
            ? `longer than ${most} bytes`
            : undefined;
  if (problem !== undefined) return { ok: false, text: problem };
  return accepted(Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}
