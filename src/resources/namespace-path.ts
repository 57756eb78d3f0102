/** Paths of network namespaces. */
import type { Brand } from './brand.js';
import { isLine } from './characters.js';
import { accepted, type Parsed, refused } from './parsed.js';

/** Where a network namespace is to be found, such as /run/netns/web or /proc/1234/ns/net. */
export type NamespacePath = Brand<string, 'NamespacePath'>;

/** PATH_MAX (linux/limits.h) less the closing NUL. */
const PATH_MAXIMUM_BYTES = 4095;

/** Accepts an absolute path, as a daemon's working directory is not the user's; that it exists is another question. */
export function parseNamespacePath(value: unknown): Parsed<NamespacePath> {
  const fits =
    typeof value === 'string' &&
    value.startsWith('/') &&
    Buffer.byteLength(value) <= PATH_MAXIMUM_BYTES &&
    isLine(value);
  if (fits) return accepted(value as NamespacePath);
  return refused('the absolute path of a network namespace, such as /run/netns/web', value);
}
