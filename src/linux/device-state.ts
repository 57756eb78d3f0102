/**
 * Single devices with their hardware and IP addresses, asked one by one off the main thread (rtnetlink(7)): an answer
 * may wait for the rtnl lock, and costs what was asked for, however many devices there are.
 */
import { SocketAddress } from 'node:net';
import {
  AF_INET,
  AF_INET6,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_IFNAME,
  LINK_BYTES,
  RTM_GETLINK,
} from './constants.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attribute, attributes, type NetlinkMessage, NetlinkSocket } from './netlink.js';
import { NamespaceError, NetworkNamespace, openNamespace } from './network-namespace.js';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
/** struct ifaddrmsg: family, length of the prefix, flags, scope, index of the device. */
const ADDRESS_BYTES = 8;
const PREFIX_LENGTH = 1;
const ADDRESS_FLAGS = 2;
const ADDRESS_SCOPE = 3;
const ADDRESS_DEVICE = 4;
const IFA_ADDRESS = 1;
/** The own address, where `IFA_ADDRESS` is that of the peer. */
const IFA_LOCAL = 2;
/** Another address of the same network came before it. */
const IFA_F_SECONDARY = 0x01;
/** Addresses that are good on their link only. */
const RT_SCOPE_LINK = 253;
const LINK_INDEX = 4;
const LINK_FLAGS = 8;
const SOL_NETLINK = 270;
/** netlink(7): a dump lists only what the request names. Kernels before 4.20 list everything. */
const NETLINK_GET_STRICT_CHK = 12;

/** An IP address of a device. */
interface DeviceAddress {
  /** Canonical text, without a zone. */
  readonly address: string;
  readonly prefixLength: number;
}

/** A device that is there. */
interface DeviceState {
  /** `02:00:00:00:00:01`; undefined: it has none, or one of another length. */
  readonly macAddress: string | undefined;
  readonly up: boolean;
  /** Primary addresses first; those that are good on their link only are left out. */
  readonly addresses: readonly DeviceAddress[];
}

/** What the kernel says: a device, that it is not there, or nothing. */
export type DeviceAnswer = DeviceState | 'absent' | 'unknown';

/** Asks for devices of one namespace, in their order. Never rejects. @param netns undefined: that of this process */
export async function askDevices(
  libc: Libc,
  netns: string | undefined,
  names: readonly string[],
): Promise<readonly DeviceAnswer[]> {
  let socket: NetlinkSocket;
  try {
    socket = openSocket(libc, netns);
  } catch (error) {
    if (error instanceof NamespaceError) return names.map(() => (isMissing(error) ? 'absent' : 'unknown'));
    if (error instanceof LinuxError) return names.map(() => 'unknown');
    throw error;
  }
  try {
    const answers: DeviceAnswer[] = [];
    for (const name of names) answers.push(await askDevice(socket, name));
    return answers;
  } finally {
    socket.close();
  }
}

/** The socket stays in the namespace in which it was opened. @throws NamespaceError, LinuxError */
function openSocket(libc: Libc, netns: string | undefined): NetlinkSocket {
  if (netns === undefined) return openStrict(libc);
  const namespace = new NetworkNamespace(libc, netns, openNamespace(netns));
  try {
    return namespace.enter(() => openStrict(libc));
  } finally {
    namespace.close();
  }
}

function openStrict(libc: Libc): NetlinkSocket {
  const socket = new NetlinkSocket(libc, 0);
  try {
    const on = Uint8Array.of(1, 0, 0, 0);
    libc.setOption('NETLINK_GET_STRICT_CHK', socket.descriptor, SOL_NETLINK, NETLINK_GET_STRICT_CHK, on);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
  return socket;
}

/** True when the path does not exist, so that its devices do not either. */
function isMissing({ cause }: NamespaceError): boolean {
  return (cause as { readonly code?: unknown } | undefined)?.code === 'ENOENT';
}

async function askDevice(socket: NetlinkSocket, name: string): Promise<DeviceAnswer> {
  let link: NetlinkMessage;
  try {
    link = await socket.askAside('RTM_GETLINK', RTM_GETLINK, linkRequest(name));
  } catch (error) {
    if (error instanceof LinuxError) return error.code === 'ENODEV' ? 'absent' : 'unknown';
    throw error;
  }
  const found = attributes(link.body, LINK_BYTES);
  // The kernel knows it by an alternative name, by which nothing here takes it.
  if (Buffer.from(found.get(IFLA_IFNAME) ?? []).toString() !== `${name}\0`) return 'absent';
  const view = new DataView(link.body.buffer, link.body.byteOffset, link.body.length);
  const index = view.getInt32(LINK_INDEX, true);
  const { messages } = await socket.dumpAside(RTM_GETADDR, addressRequest(index));
  return {
    macAddress: macText(found.get(IFLA_ADDRESS)),
    up: (view.getUint32(LINK_FLAGS, true) & IFF_UP) !== 0,
    addresses: addressesOf(messages, index),
  };
}

function linkRequest(name: string): Uint8Array {
  const text = attribute(IFLA_IFNAME, new TextEncoder().encode(`${name}\0`));
  const request = new Uint8Array(LINK_BYTES + text.length);
  request.set(text, LINK_BYTES);
  return request;
}

function addressRequest(index: number): Uint8Array {
  const request = new Uint8Array(ADDRESS_BYTES);
  new DataView(request.buffer).setUint32(ADDRESS_DEVICE, index, true);
  return request;
}

/** Decodes address messages of one device. Exported for tests. */
export function addressesOf(messages: readonly NetlinkMessage[], index: number): DeviceAddress[] {
  const primary: DeviceAddress[] = [];
  const secondary: DeviceAddress[] = [];
  for (const { type, body } of messages) {
    if (type !== RTM_NEWADDR || body.length < ADDRESS_BYTES) continue;
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    if (view.getUint32(ADDRESS_DEVICE, true) !== index || view.getUint8(ADDRESS_SCOPE) === RT_SCOPE_LINK)
      continue;
    const found = attributes(body, ADDRESS_BYTES);
    const address = addressText(view.getUint8(0), found.get(IFA_LOCAL) ?? found.get(IFA_ADDRESS));
    if (address === undefined) continue;
    const isSecondary =
      view.getUint8(0) === AF_INET && (view.getUint8(ADDRESS_FLAGS) & IFA_F_SECONDARY) !== 0;
    (isSecondary ? secondary : primary).push({ address, prefixLength: view.getUint8(PREFIX_LENGTH) });
  }
  return [...primary, ...secondary];
}

function addressText(family: number, bytes: Uint8Array | undefined): string | undefined {
  if (family === AF_INET && bytes?.length === 4) return bytes.join('.');
  if (family !== AF_INET6 || bytes?.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address;
}

function macText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length !== 6) return undefined;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
