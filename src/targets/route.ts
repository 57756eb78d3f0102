/**
 * The kernel's route to a target, found without sending anything: connecting a UDP socket chooses its source address,
 * that address tells the device, and a file of the kernel the device's MTU.
 */
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { hostOf, isIpv6Text, zoneOf } from '../wire/address.js';

export interface Route {
  /** Without a zone. */
  readonly localAddress: string;
  /** The egress device. */
  readonly device: string;
  readonly mtu: number;
}

/** @param port of UDP. @throws Error with the kernel's reason when there is no route to the address. */
export async function lookUpRoute(address: string, port: number): Promise<Route> {
  const zone = zoneOf(address);
  if (zone !== undefined && !existsSync(`/sys/class/net/${zone}`)) {
    throw new Error(`device ${zone} does not exist`);
  }
  const localAddress = await sourceAddressFor(address, port);
  const device = zone ?? deviceOf(localAddress);
  if (device === undefined) throw new Error(`no device has the source address ${localAddress}`);
  const mtu = deviceMtu(device, address);
  if (mtu === undefined) throw new Error(`device ${device} has no MTU`);
  return { localAddress, device, mtu };
}

/** Largest packet of the address's family that the device takes, in bytes; undefined: there is no such device. */
export function deviceMtu(device: string, address: string): number | undefined {
  const file = isIpv6Text(address) ? `/proc/sys/net/ipv6/conf/${device}/mtu` : `/sys/class/net/${device}/mtu`;
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Addresses of this host's devices, without zones. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
}

function deviceOf(localAddress: string): string | undefined {
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some(({ address }) => address === localAddress)) return device;
  }
  return undefined;
}

function sourceAddressFor(address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIpv6Text(address) ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    // A callback given to `connect` would be called for errors too; a listener is not.
    socket.once('connect', () => {
      const local = socket.address().address;
      socket.close();
      resolve(hostOf(local));
    });
    socket.connect(port, address);
  });
}
