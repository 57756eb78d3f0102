/** Names of network devices, as the kernel takes them. */
import type { Brand } from './brand.js';
import { isLine } from './characters.js';
import { accepted, type Parsed, refused } from './parsed.js';

/** A name that a Linux network device can have. */
export type DeviceName = Brand<string, 'DeviceName'>;

/** IFNAMSIZ (linux/if.h) less the closing NUL. */
const DEVICE_NAME_MAXIMUM_BYTES = 15;

/**
 * `dev_valid_name` (net/core/dev.c) refuses these bytes; its `isspace` knows Latin-1, so 0xa0 is one of them
 * even inside a UTF-8 character. NUL would cut the name short.
 */
const REFUSED_BYTES = /[/:\0\t-\r \xa0]/;

/** Accepts what the kernel accepts, control characters excepted; that such a device exists is another question. */
export function parseDeviceName(value: unknown): Parsed<DeviceName> {
  const bytes = typeof value === 'string' && isLine(value) ? Buffer.from(value).toString('latin1') : '';
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
