/** The version of the package. */
import { readFileSync } from 'node:fs';

/** From the built file's place. */
const PACKAGE = new URL('../../../package.json', import.meta.url);

export function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}
