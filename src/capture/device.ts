/** What sysfs says of a network device before it is opened. */
import { readFileSync } from 'node:fs';

/** netdevice(7). */
const IFF_UP = 0x1;

/** @returns why a device cannot be captured from now, or undefined. */
export function deviceProblem(device: string): string | undefined {
  try {
    const flags = Number(readFileSync(`/sys/class/net/${device}/flags`, 'utf8'));
    return (flags & IFF_UP) === 0 ? `device ${device} is down` : undefined;
  } catch {
    return `device ${device} does not exist`;
  }
}
