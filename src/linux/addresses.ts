/** Addresses of the devices of a network namespace: rtnetlink(7), ip-address(8). */
import type { NetlinkSocket } from './netlink.js';
import { attributes } from './netlink.js';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
/** struct ifaddrmsg: family, length of the prefix, flags, scope, index of the device. */
const MESSAGE_BYTES = 8;
const PREFIX_LENGTH = 1;
const DEVICE = 4;
const IFA_ADDRESS = 1;
/** The own address, where `IFA_ADDRESS` is that of the peer. */
const IFA_LOCAL = 2;
/** A list that changes interrupted is asked for again, at most so often. */
const MAXIMUM_DUMPS = 3;

/** An address of a device. */
export interface DeviceAddress {
  readonly interfaceIndex: number;
  /** 4 or 16. */
  readonly bytes: Uint8Array;
  /** Bits that the addresses of its network have in common. */
  readonly prefixLength: number;
}

/** Those of all devices. May wait for the rtnl lock. @throws LinuxError */
export function listAddresses(socket: NetlinkSocket): DeviceAddress[] {
  for (let tries = 1; ; tries++) {
    const found: DeviceAddress[] = [];
    const isWhole = socket.dump(
      'RTM_GETADDR',
      RTM_GETADDR,
      new Uint8Array(MESSAGE_BYTES),
      ({ type, body }) => {
        const address = type === RTM_NEWADDR ? readAddress(body) : undefined;
        if (address !== undefined) found.push(address);
      },
    );
    if (isWhole || tries === MAXIMUM_DUMPS) return found;
  }
}

/** Decodes an address message. @returns undefined when it has none. */
function readAddress(body: Uint8Array): DeviceAddress | undefined {
  if (body.length < MESSAGE_BYTES) return undefined;
  const found = attributes(body, MESSAGE_BYTES);
  const address = found.get(IFA_LOCAL) ?? found.get(IFA_ADDRESS);
  if (address === undefined) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return {
    interfaceIndex: view.getUint32(DEVICE, true),
    bytes: address.slice(),
    prefixLength: view.getUint8(PREFIX_LENGTH),
  };
}
