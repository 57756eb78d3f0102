/** All devices of a network namespace at one moment, with their counters: rtnetlink(7), ip-link(8). */
import {
  AF_INET6,
  IFF_LOWER_UP,
  IFF_UP,
  IFLA_AF_SPEC,
  IFLA_INET6_CONF,
  IFLA_MTU,
  LINK_BYTES,
  RTM_GETLINK,
  RTM_NEWLINK,
} from './constants.js';
import { readStackedDevice } from './device-stack.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { isEthernet } from './link-table.js';
import { attributes, NetlinkSocket } from './netlink.js';

const IFLA_STATS64 = 23;
/** struct rtnl_link_stats64: 64-bit counters, the packets first. */
const RECEIVED_PACKETS = 0;
const SENT_PACKETS = 8;
const LINK_TYPE = 2;
const LINK_FLAGS = 8;
/** linux/ipv6.h: which of the numbers it is. */
const DEVCONF_DISABLE_IPV6 = 26;
/** A dump that changes interrupted is repeated, at most so often. */
const MAXIMUM_DUMPS = 3;

/** A network device. */
export interface Device {
  readonly index: number;
  readonly name: string;
  /** Of rtnetlink, such as `veth`; empty for a network card. */
  readonly kind: string;
  /** True when its frames begin with an Ethernet header. */
  readonly ethernet: boolean;
  readonly up: boolean;
  readonly carrier: boolean;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** It takes part in IPv6. */
  readonly ipv6: boolean;
  /** Packets since the device was made; a packet that the kernel put together of several counts as those, or as one. */
  readonly receivedPackets: number;
  readonly sentPackets: number;
}

/** The devices of the calling thread's namespace. May wait for the rtnl lock. @throws LinuxError */
export function listDevices(libc: Libc): Device[] {
  const socket = new NetlinkSocket(libc, 0);
  try {
    for (let tries = 1; ; tries++) {
      const devices: Device[] = [];
      const isWhole = socket.dump(
        'RTM_GETLINK',
        RTM_GETLINK,
        new Uint8Array(LINK_BYTES),
        ({ type, body }) => {
          if (type === RTM_NEWLINK) devices.push(readDevice(body));
        },
      );
      if (isWhole || tries === MAXIMUM_DUMPS) return devices;
    }
  } finally {
    socket.close();
  }
}

/** As `listDevices`, with the reason where that fails. */
export function tryListDevices(libc: Libc): { readonly devices: Device[]; readonly problem?: string } {
  try {
    return { devices: listDevices(libc) };
  } catch (error) {
    if (error instanceof LinuxError) return { devices: [], problem: error.message };
    throw error;
  }
}

/** Decodes a link message of rtnetlink. */
export function readDevice(body: Uint8Array): Device {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const { index, name, kind } = readStackedDevice(body);
  const flags = view.getUint32(LINK_FLAGS, true);
  const found = attributes(body, LINK_BYTES);
  const mtu = found.get(IFLA_MTU);
  const counts = found.get(IFLA_STATS64);
  return {
    index,
    name,
    kind,
    ethernet: isEthernet(view.getUint16(LINK_TYPE, true)),
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    mtu: mtu === undefined ? 0 : new DataView(mtu.buffer, mtu.byteOffset).getUint32(0, true),
    ipv6: hasIpv6(found.get(IFLA_AF_SPEC)),
    receivedPackets: counter(counts, RECEIVED_PACKETS),
    sentPackets: counter(counts, SENT_PACKETS),
  };
}

function counter(counts: Uint8Array | undefined, offset: number): number {
  if (counts === undefined || counts.length < offset + 8) return 0;
  return Number(new DataView(counts.buffer, counts.byteOffset).getBigUint64(offset, true));
}

/** @param families what each family of addresses has to say of the device. */
function hasIpv6(families: Uint8Array | undefined): boolean {
  const settings = families && attributes(families, 0).get(AF_INET6);
  const values = settings && attributes(settings, 0).get(IFLA_INET6_CONF);
  const offset = DEVCONF_DISABLE_IPV6 * 4;
  if (values === undefined || values.length < offset + 4) return false;
  return new DataView(values.buffer, values.byteOffset).getInt32(offset, true) === 0;
}
