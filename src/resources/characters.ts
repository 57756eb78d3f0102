/** Which characters texts may hold: what a terminal, a log or an XML document would stumble over is refused. */

/** Everything of Unicode's category Cc, U+FFFE, U+FFFF, and halves of surrogate pairs. */
const NOT_IN_LINES = /[\p{Cc}\ufffe\uffff\p{Surrogate}]/gu;
/** The same without TAB, LF and CR. */
const NOT_IN_TEXTS = /[\ufffe\uffff\p{Surrogate}]|(?![\t\n\r])\p{Cc}/u;
/** What XML 1.0 cannot hold, not even as a character reference (section 2.2, Char). */
const NOT_IN_XML = /(?![\t\n\r\u007f-\u009f])\p{Cc}|[\ufffe\uffff\p{Surrogate}]/gu;
const REPLACEMENT = '\ufffd';

/** How a refusal of `isLine` and `isText` is told. */
export const WITHOUT_CONTROL_CHARACTERS = 'without control characters';

/** True for text of one line: identifiers, names, keys of tags. */
export function isLine(text: string): boolean {
  return text.search(NOT_IN_LINES) < 0;
}

/** Text of anybody as one line: U+FFFD stands for each character that is refused in lines. */
export function toLine(text: string): string {
  return text.replace(NOT_IN_LINES, REPLACEMENT);
}

/** True for text that may have several lines: descriptions, and values of tags. */
export function isText(text: string): boolean {
  return !NOT_IN_TEXTS.test(text);
}

/** True when an XML document can hold the text as it is. */
export function isXmlText(text: string): boolean {
  return text.search(NOT_IN_XML) < 0;
}

/** The text with U+FFFD for each character that XML cannot hold. */
export function replaceNonXml(text: string): string {
  return text.replace(NOT_IN_XML, REPLACEMENT);
}
