/**
 * Questions about a device by ioctl(2), to a socket: the answer is of the namespace of the thread that asks, whatever is
 * mounted at /sys (netdevice(7)). None of them waits for what others do to devices, but those of ethtool do.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { AF_INET, SO_BINDTODEVICE, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from './constants.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';

const SIOCGIFMTU = 0x8921;
const SIOCETHTOOL = 0x8946;
/** struct ifreq: the name of a device, then a number or an address. */
const REQUEST_BYTES = 40;
const NAME_BYTES = 16;

/** linux/ethtool.h. */
const ETHTOOL_GSET = 0x1;
const ETHTOOL_GCHANNELS = 0x3c;
/** struct ethtool_cmd: the speed in Mbit/s is in two halves of 16 bits. */
const SETTINGS_BYTES = 44;
const SPEED_LOW = 12;
const SPEED_HIGH = 28;
const SPEED_UNKNOWN = 0xffff_ffff;
/** struct ethtool_channels: channels that only send, and channels for both. */
const CHANNELS_BYTES = 36;
const CHANNELS_SENDING = 24;
const CHANNELS_COMBINED = 32;
const BITS_PER_MEGABIT = 1_000_000;

/**
 * True when there is a device with this name. Its alternative names, which nothing else here knows, do not count. A
 * stranger may choose the name: to bind a socket to it has the kernel load no module for it, as an ioctl would.
 */
export function hasDevice(libc: Libc, name: string): boolean {
  return (
    onSocket(libc, (descriptor) => {
      const bound = new Uint8Array(NAME_BYTES);
      bound.set(new TextEncoder().encode(name).subarray(0, NAME_BYTES - 1));
      libc.setOption('SO_BINDTODEVICE', descriptor, SOL_SOCKET, SO_BINDTODEVICE, bound);
      libc.getOption('SO_BINDTODEVICE', descriptor, SOL_SOCKET, SO_BINDTODEVICE, bound);
      return name !== '' && nameIn(bound) === name;
    }) ?? false
  );
}

/** @returns the MTU of a device in bytes; undefined: there is no such device. */
export function requestMtu(libc: Libc, name: string): number | undefined {
  return onSocket(libc, (descriptor) => {
    const request = requestFor(name);
    libc.ioctl('SIOCGIFMTU', descriptor, SIOCGIFMTU, request);
    return viewOf(request).getInt32(NAME_BYTES, true);
  });
}

/** @returns the speed of a device in bits per second; undefined: not known. May wait for the rtnl lock. */
export function requestSpeed(libc: Libc, name: string): number | undefined {
  return onSocket(libc, (descriptor) =>
    withMemory(libc, SETTINGS_BYTES, ETHTOOL_GSET, (address, settings) => {
      libc.ioctl('ETHTOOL_GSET', descriptor, SIOCETHTOOL, requestFor(name, address));
      const megabits = settings.getUint16(SPEED_HIGH, true) * 2 ** 16 + settings.getUint16(SPEED_LOW, true);
      return megabits === 0 || megabits === SPEED_UNKNOWN ? undefined : megabits * BITS_PER_MEGABIT;
    }),
  );
}

/**
 * How many transmit queues a device has, asked off the main thread. A socket on a receive queue alone never sends. Where
 * the driver does not say, sysfs does if it shows the same device; else there is one.
 */
export async function requestTransmitQueues(libc: Libc, name: string, index: number): Promise<number> {
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const { address, memory } = libc.allocate(CHANNELS_BYTES);
  try {
    const channels = new DataView(memory);
    channels.setUint32(0, ETHTOOL_GCHANNELS, true);
    if ((await libc.ioctlAside(descriptor, SIOCETHTOOL, requestFor(name, address))) < 0)
      return queuesInSysfs(name, index);
    const sending = channels.getUint32(CHANNELS_SENDING, true);
    return Math.max(1, sending + channels.getUint32(CHANNELS_COMBINED, true));
  } finally {
    libc.free(address);
    libc.close(descriptor);
  }
}

function queuesInSysfs(name: string, index: number): number {
  const directory = `/sys/class/net/${name}`;
  try {
    if (Number(readFileSync(`${directory}/ifindex`, 'utf8')) !== index) return 1;
    return Math.max(1, readdirSync(`${directory}/queues`).filter((queue) => queue.startsWith('tx-')).length);
  } catch {
    return 1;
  }
}

/** @returns undefined when the kernel refuses. */
function onSocket<T>(libc: Libc, ask: (descriptor: number) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return ask(descriptor);
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  } finally {
    if (descriptor !== undefined) libc.close(descriptor);
  }
}

/** @param command in the first word of the memory. */
function withMemory<T>(
  libc: Libc,
  length: number,
  command: number,
  act: (address: number, view: DataView) => T,
): T {
  const { address, memory } = libc.allocate(length);
  try {
    const view = new DataView(memory);
    view.setUint32(0, command, true);
    return act(address, view);
  } finally {
    libc.free(address);
  }
}

/** @param address of what the request is about; 0: nothing. */
function requestFor(name: string, address = 0): Uint8Array {
  const request = new Uint8Array(REQUEST_BYTES);
  request.set(new TextEncoder().encode(name).subarray(0, NAME_BYTES - 1));
  viewOf(request).setBigUint64(NAME_BYTES, BigInt(address), true);
  return request;
}

function nameIn(name: Uint8Array): string {
  return Buffer.from(name.subarray(0, name.indexOf(0))).toString('utf8');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
