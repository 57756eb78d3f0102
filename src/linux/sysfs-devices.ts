/**
 * Devices without koffi, from /sys. It shows those of the namespace in which it was mounted, which need not be that of this
 * process: after `nsenter`, or in a container that has the host's. /proc/self/net tells which are its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { hostOf } from '../wire/address.js';
import { IFF_UP } from './constants.js';
import type { HostDevice, HostDevices } from './host-devices.js';
import { isEthernet, type Link } from './link-table.js';

const SYSFS = '/sys/class/net';
const OWN_DEVICES = '/proc/self/net/dev';
/** Fields of a line of /proc/net/dev, behind the name. */
const RECEIVED_BYTES = 0;
const INSTALL = 'install the npm package koffi';

/** A device as sysfs shows it, or why that is not known. */
export type SysfsLink = { readonly link: Link | undefined } | { readonly problem: string };

/** Reads a device of this process's namespace. */
export function linkInSysfs(name: string): SysfsLink {
  const own = ownBytes();
  if (own !== undefined && !own.has(name)) return { link: undefined };
  const problem = own === undefined ? absenceOfSysfs() : mismatch(name);
  if (problem === undefined) return { link: readLink(name) };
  // It may have gone meanwhile: it leaves this list first.
  return ownBytes()?.has(name) === false ? { link: undefined } : { problem };
}

/** The devices of the host. An address is found only while its device is up and connected. */
export function devicesInSysfs(): HostDevices {
  const named = (name: string): HostDevice | undefined => {
    const found = linkInSysfs(name);
    const mtuIpv6 = mtuOfIpv6(name);
    if ('link' in found) return found.link && { name, mtu: found.link.mtu, mtuIpv6, up: found.link.up };
    if (mtuIpv6 === undefined) throw new Error(found.problem);
    return { name, mtu: mtuIpv6, mtuIpv6, up: true };
  };
  return {
    named,
    withAddress: (address) => {
      const device = Object.entries(networkInterfaces()).find(([, addresses = []]) =>
        addresses.some((one) => hostOf(one.address) === hostOf(address)),
      );
      // An address may have a label, which begins with the name of its device.
      return device && (named(device[0]) ?? named(device[0].split(':')[0] ?? ''));
    },
  };
}

/** @returns the MTU of a device for IPv6, in the namespace of this thread; undefined: it has none, or /proc does not tell. */
export function mtuOfIpv6(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/net/ipv6/conf/${name}/mtu`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @returns why sysfs does not show the device that this process has by this name; undefined: it does. */
function mismatch(name: string): string | undefined {
  const before = receivedInSysfs(name);
  const own = ownBytes()?.get(name);
  const after = receivedInSysfs(name);
  // A counter only rises: what was read between two looks at the same one lies between them.
  const isSame =
    own === undefined || (before !== undefined && after !== undefined && before <= own && own <= after);
  return isSame
    ? undefined
    : (absenceOfSysfs() ?? `/sys shows the devices of another network namespace: ${INSTALL}`);
}

function absenceOfSysfs(): string | undefined {
  return existsSync(SYSFS) ? undefined : `devices cannot be seen, since /sys is not mounted: ${INSTALL}`;
}

/** Bytes received so far by each device of this process's namespace; undefined: /proc does not tell. */
function ownBytes(): Map<string, bigint> | undefined {
  try {
    const lines = readFileSync(OWN_DEVICES, 'utf8').split('\n').slice(2, -1);
    return new Map(
      lines.map((line) => {
        const colon = line.lastIndexOf(':');
        const fields = line
          .slice(colon + 1)
          .trim()
          .split(/\s+/);
        return [line.slice(0, colon).trim(), BigInt(fields[RECEIVED_BYTES] ?? 0)];
      }),
    );
  } catch {
    return undefined;
  }
}

function receivedInSysfs(name: string): bigint | undefined {
  try {
    return BigInt(read(name, 'statistics/rx_bytes'));
  } catch {
    return undefined;
  }
}

function readLink(name: string): Link | undefined {
  try {
    const up = (Number(read(name, 'flags')) & IFF_UP) !== 0;
    return {
      index: Number(read(name, 'ifindex')),
      name,
      ethernet: isEthernet(Number(read(name, 'type'))),
      up,
      // It cannot be read while the device is down.
      carrier: up && read(name, 'carrier') === '1',
      mtu: Number(read(name, 'mtu')),
    };
  } catch {
    return undefined;
  }
}

function read(name: string, file: string): string {
  return readFileSync(`${SYSFS}/${name}/${file}`, 'utf8').trim();
}
