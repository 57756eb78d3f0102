/** Network devices: their names and network namespaces, as the kernel accepts them. */
import { accepted, type Brand, type Parsed, refused, show } from './parsed.js';
import { isLine } from './text.js';

/** A name that a Linux network device can have. */
export type DeviceName = Brand<string, 'DeviceName'>;

/** IFNAMSIZ (linux/if.h) less the closing NUL. */
const DEVICE_NAME_MAXIMUM_BYTES = 15;

/**
 * The bytes that `dev_valid_name` (net/core/dev.c) refuses. Its `isspace` is that of Latin-1, so 0xa0 is one of them,
 * even inside a UTF-8 character. NUL would end the name.
 */
const REFUSED_BYTES = /[/:\0\t-\r \xa0]/;

/** Accepts what the kernel accepts, except control characters. Whether the device exists is not checked. */
export function parseDeviceName(value: unknown): Parsed<DeviceName> {
  const bytes = typeof value === 'string' && isLine(value) ? bytesAsText(value) : '';
  const fits =
    bytes.length > 0 &&
    bytes.length <= DEVICE_NAME_MAXIMUM_BYTES &&
    bytes !== '.' &&
    bytes !== '..' &&
    !REFUSED_BYTES.test(bytes);
  if (fits) return accepted(value as DeviceName);
  return refused(
    `a device name of 1 to ${DEVICE_NAME_MAXIMUM_BYTES} bytes without '/', ':', white space and control characters`,
    value,
  );
}

/** A character for each byte of the name in UTF-8. A longer name than any device has is cut. */
function bytesAsText(name: string): string {
  return String.fromCharCode(...new TextEncoder().encode(name.slice(0, DEVICE_NAME_MAXIMUM_BYTES + 1)));
}

/** The path of a network namespace, such as /run/netns/web or /proc/1234/ns/net. */
export type NamespacePath = Brand<string, 'NamespacePath'>;

/** PATH_MAX (linux/limits.h) less the closing NUL. */
const PATH_MAXIMUM_BYTES = 4095;

/** Accepts an absolute path: the daemon's working directory is not the user's. Whether it exists is not checked. */
export function parseNamespacePath(value: unknown): Parsed<NamespacePath> {
  const fits =
    typeof value === 'string' &&
    value.startsWith('/') &&
    value.length <= PATH_MAXIMUM_BYTES &&
    new TextEncoder().encode(value).length <= PATH_MAXIMUM_BYTES &&
    isLine(value);
  if (fits) return accepted(value as NamespacePath);
  return refused('the absolute path of a network namespace, such as /run/netns/web', value);
}

/** A device as messages name it. The namespace belongs to it: there the same name is another device. */
export function showDevice(device: string, netns: string | undefined): string {
  return netns === undefined ? show(device) : `${show(device)} in ${show(netns)}`;
}
