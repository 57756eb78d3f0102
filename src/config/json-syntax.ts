/** What is wrong with the syntax of JSON, in the words of JSON: the parser of YAML, which reads it, uses its own. */

/** Where V8 says that it stopped. Not every version of Node.js does. */
const POSITION = /at position (\d+)/;

/** What V8's message has after the fault itself: a piece of the text, which may hold a secret, and the position. */
const BEHIND_FAULT = /,? (?:\.\.\.)?".*$| (?:in JSON )?at position .*$/s;

/** A fault, and where it is. */
interface JsonFault {
  /** In characters. */
  readonly offset: number;
  readonly text: string;
}

/**
 * The first fault of a text that is to be JSON.
 * @param yamlOffset where the parser of YAML stopped: for versions of Node.js that tell no position.
 * @returns undefined when the text is valid JSON.
 */
export function jsonSyntaxProblem(text: string, yamlOffset: number): JsonFault | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const { message } = error as SyntaxError;
    const [, position] = POSITION.exec(message) ?? [];
    const end = text.trimEnd().length;
    const atEnd = message.startsWith('Unexpected end') || Number(position) >= end;
    const offset = atEnd ? end : position === undefined ? yamlOffset : Number(position);
    const fault = atEnd ? 'it ends too early' : message.replace(BEHIND_FAULT, '').toLowerCase();
    return { offset: Math.min(offset, text.length), text: `not valid JSON: ${fault}` };
  }
}
