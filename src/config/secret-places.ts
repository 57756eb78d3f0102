/** Where a secret may stand in a file that YAML cannot read as it was meant: what stands there is told to nobody. */

const SECRET_KEY = /secret/i;
const NO_CONTENT = /^\s*(#.*)?$/;
/** So many lines without content may lie between a key and its value. */
const MAXIMUM_GAP = 10;

/**
 * True on a line that names a secret, and on the first line of content behind one, where its value may stand.
 * @param offset in characters
 */
export function isSecretPlace(text: string, offset: number): boolean {
  const [rest = ''] = text.slice(offset, offset + 1000).split('\n', 1);
  let end = offset;
  for (let line = 0; line <= MAXIMUM_GAP && end >= 0; line++) {
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    const content = text.slice(start, end) + (line === 0 ? rest : '');
    if (SECRET_KEY.test(content)) return true;
    if (line > 0 && !NO_CONTENT.test(content)) return false;
    end = start - 1;
  }
  return false;
}
