/** What is known of a network device before it is opened, and when it no longer can be captured from. */
import { readFileSync } from 'node:fs';
import { isEthernet, type Link } from '../linux/link-table.js';

/** netdevice(7). */
const IFF_UP = 0x1;

/**
 * @param netns path of the namespace in which it was looked for; undefined: the engine's own.
 * @returns why it cannot be captured from now, or undefined.
 */
export function linkProblem(
  device: string,
  netns: string | undefined,
  link: Link | undefined,
): string | undefined {
  const place = netns === undefined ? '' : ` in ${netns}`;
  if (link === undefined) return `device ${device} does not exist${place}`;
  if (!link.ethernet) return `device ${device}${place} is not Ethernet`;
  return link.up ? undefined : `device ${device} is down${place}`;
}

/** A device as sysfs tells it: for where there is no netlink. Only of the namespace that sysfs was mounted in. */
export function linkInSysfs(name: string): Link | undefined {
  const read = (file: string): string => readFileSync(`/sys/class/net/${name}/${file}`, 'utf8').trim();
  try {
    const up = (Number(read('flags')) & IFF_UP) !== 0;
    return {
      index: Number(read('ifindex')),
      name,
      ethernet: isEthernet(Number(read('type'))),
      up,
      // Of a device that is down it cannot be read.
      carrier: up && read('carrier') === '1',
      mtu: Number(read('mtu')),
    };
  } catch {
    return undefined;
  }
}
