/** Socket addresses. Fields are little-endian except ports, protocols and addresses. */

import { addressBytes, isIpv6Text, zoneOf } from '../wire/address.js';
import { AF_INET, AF_INET6, AF_PACKET, AF_UNIX } from './constants.js';
import type { Libc } from './libc.js';

const SOCKADDR_LL_LENGTH = 20;
const SOCKADDR_IN_LENGTH = 16;
const SOCKADDR_IN6_LENGTH = 28;
/** Offset of the path in struct sockaddr_un. */
const SOCKADDR_UN_PATH = 2;

/** packet(7): struct sockaddr_ll, for bind(2). @param protocol EtherType, or 3 (ETH_P_ALL) */
export function packetAddress(protocol: number, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_LL_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, interfaceIndex, true);
  return bytes;
}

/** The device that a packet socket is bound to; -1 when it is gone. @throws LinuxError */
export function boundInterface(libc: Libc, descriptor: number): number {
  const address = new Uint8Array(SOCKADDR_LL_LENGTH);
  libc.socketAddress(descriptor, address);
  return new DataView(address.buffer).getInt32(4, true);
}

/** ip(7): struct sockaddr_in. @param address valid, in dotted form */
export function internetAddress(address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  bytes.set(addressBytes(address), 4);
  return bytes;
}

/** ipv6(7): struct sockaddr_in6. @param scope index of the device for a link-local address, else 0 */
export function internet6Address(address: string, port: number, scope: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN6_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6, true);
  view.setUint16(2, port);
  bytes.set(addressBytes(address), 8);
  view.setUint32(24, scope, true);
  return bytes;
}

/** AF_INET or AF_INET6. */
export function familyOf(address: string): number {
  return isIpv6Text(address) ? AF_INET6 : AF_INET;
}

/** The address structure of either family. @throws LinuxError: ENODEV for a zone without its device */
export function socketAddress(libc: Libc, address: string, port: number): Uint8Array {
  if (!isIpv6Text(address)) return internetAddress(address, port);
  const zone = zoneOf(address);
  return internet6Address(address, port, zone === undefined ? 0 : libc.interfaceIndex(zone));
}

/** unix(7): struct sockaddr_un, as long as its path. @param path absolute, or abstract with `@` for the zero byte */
export function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  const isAbstract = path.startsWith('@');
  // A path ends with a zero byte; an abstract name does not.
  const bytes = new Uint8Array(SOCKADDR_UN_PATH + name.length + (isAbstract ? 0 : 1));
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, SOCKADDR_UN_PATH);
  if (isAbstract) bytes[SOCKADDR_UN_PATH] = 0;
  return bytes;
}

/** Encodes a C int, as the value of an option. */
export function intValue(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
