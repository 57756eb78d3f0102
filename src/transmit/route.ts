/**
 * How the kernel would route to a target, asked without sending anything: a UDP socket that is connected gets
 * its source address, that address tells the device, and sysfs the device's MTU.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

const VXLAN_PORT = 4789;

export interface Route {
  readonly localAddress: string;
  /** The egress device. */
  readonly device: string;
  readonly mtu: number;
}

/** @throws Error with the kernel's reason when there is no route to the IPv4 address. */
export async function lookUpRoute(address: string): Promise<Route> {
  const localAddress = await sourceAddressFor(address);
  const device = deviceOf(localAddress);
  if (device === undefined) throw new Error(`no device has the source address ${localAddress}`);
  return { localAddress, device, mtu: Number(readFileSync(`/sys/class/net/${device}/mtu`, 'utf8')) };
}

/** Addresses of this host's devices, IPv4. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
}

function deviceOf(localAddress: string): string | undefined {
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some(({ address }) => address === localAddress)) return device;
  }
  return undefined;
}

function sourceAddressFor(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    // As a listener: given to `connect`, it would be told of errors too.
    socket.once('connect', () => {
      const local = socket.address().address;
      socket.close();
      resolve(local);
    });
    socket.connect(VXLAN_PORT, address);
  });
}
