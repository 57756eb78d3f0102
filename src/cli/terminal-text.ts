/**
 * Text for a terminal: without characters that it acts on or does not show, and cut or filled by the columns that it
 * takes. Names and reasons come from files, from clients and from other programs.
 */
import stringWidth from 'string-width';

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, characters that turn the direction of what follows
 * (UAX #9), and invisible ones, behind which a name looks like another.
 */
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb]/gu;

const REPLACEMENT = '\ufffd';

/** All characters are one column wide. */
const PLAIN = /^[\x20-\x7e]*$/;

/** One line that a terminal shows as it is: U+FFFD stands for each character that is not safe. */
export function safeLine(text: string): string {
  return text.replace(UNSAFE, REPLACEMENT);
}

/** The same for several lines. */
export function safeText(text: string): string {
  return text.split('\n').map(safeLine).join('\n');
}

/** Columns that a safe line takes. */
export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The beginning of a line that fits, made safe, with an ellipsis where something was cut off. */
export function cutTo(line: string, columns: number): string {
  const text = safeLine(line);
  if (widthOf(text) <= columns) return text;
  const room = Math.max(0, columns - 1);
  if (PLAIN.test(text)) return `${text.slice(0, room)}…`.slice(0, columns);
  let kept = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment);
    if (width > room) break;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** Exactly so many columns: cut, or filled with spaces in front or behind. */
export function fitTo(text: string, columns: number, side: 'left' | 'right'): string {
  const cut = cutTo(text, columns);
  const space = ' '.repeat(Math.max(0, columns - widthOf(cut)));
  return side === 'left' ? cut + space : space + cut;
}
