/**
 * Handles of npm cap that lose no frame.
 *
 * libpcap lets a frame that may have come before its program was attached pass the program once more, in user space,
 * where nothing tells directions: it drops every frame up to one behind those that the ring then holds, and counts
 * none. So the program is attached here, past libpcap, to a handle without an expression, once its ring is empty.
 * libpcap still compiles the expression, for another handle, of which the kernel gives the program.
 *
 * Without koffi libpcap attaches it, and the first frame of a handle is lost.
 */
import { readdirSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type cap from 'cap';
import { attachedFilter, attachFilter, REJECT_ALL } from '../../linux/classic-bpf.js';
import { AF_PACKET, SO_DOMAIN, SOL_SOCKET } from '../../linux/constants.js';
import { importOptional } from '../../linux/errors.js';
import type { Libc } from '../../linux/libc.js';
import type { BpfInstruction } from '../../wire/bpf-instruction.js';

/** Of a handle that is opened only to have its expression compiled. */
const COMPILING_BUFFER_BYTES = 1 << 20;
/** Longer than any processor takes to put a frame into the ring that the program before let through. */
const DRAIN_MS = 10;
const OWN_DESCRIPTORS = '/proc/self/fd';
/** Without /proc. The kernel gives the lowest number that is free. */
const TRIED_DESCRIPTORS = 4096;

/**
 * Every handle, kept from garbage collection: libuv's list of handles leads through the memory of one that was closed,
 * and the destructor of one whose `open` failed half-way would stop a poll that was never started.
 */
const neverCollected = new Set<object>();

export interface HandleOptions {
  readonly device: string;
  /** libpcap filter expression: the direction, and the packets to leave out. */
  readonly filter: string;
  /** Of the kernel's ring. */
  readonly bufferBytes: number;
  /** Where each frame is put. */
  readonly buffer: Uint8Array;
  /** Runs `act`, which opens a handle, in the network namespace of the device. */
  readonly inNamespace: <T>(act: () => T) => T;
  /** Undefined without koffi. */
  readonly libc: Libc | undefined;
}

export interface Handle {
  /** Called with the length of each frame. */
  onPacket: (length: number) => void;
  close(): boolean;
}

/**
 * @throws MissingPackageError when npm cap is not installed; Error when the device is not Ethernet, or with libpcap's
 * text; LinuxError when the kernel refuses the program (rejects).
 */
export async function openHandle(options: HandleOptions): Promise<Handle> {
  const { default: npmCap } = await importOptional('cap', () => import('cap'));
  const { libc, filter, bufferBytes } = options;
  if (libc === undefined) return open(npmCap, options, filter, bufferBytes);
  const { handle, descriptor } = withSocket(libc, () => open(npmCap, options, '', bufferBytes));
  try {
    attachFilter(libc, descriptor, REJECT_ALL);
    const program = compiled(libc, () => open(npmCap, options, filter, COMPILING_BUFFER_BYTES));
    await setTimeout(DRAIN_MS);
    // Immediates come after a poll, in which cap takes out everything that the ring holds.
    await setImmediate();
    attachFilter(libc, descriptor, program);
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Closes it, with nothing left that refers to its buffer. Safe inside `onPacket`: cap then leaves its loop. */
export function closeHandle(handle: Handle): void {
  handle.onPacket = ignore;
  handle.close();
}

function open(
  npmCap: typeof cap,
  { device, buffer, inNamespace }: HandleOptions,
  expression: string,
  bufferBytes: number,
): Handle {
  const handle = newHandle(npmCap);
  const linkType = inNamespace(() => handle.open(device, expression, bufferBytes, buffer));
  if (linkType === 'ETHERNET') return handle;
  handle.close();
  throw new Error(`device ${device}: link type ${linkType}, not Ethernet`);
}

/** A function of its own: what the class closes over is kept with the handle, and must not be the buffer. */
function newHandle(npmCap: typeof cap) {
  // A method instead of a listener: the event emitter would allocate for every frame.
  class EthernetHandle extends npmCap.Cap {
    onPacket: (length: number) => void = ignore;

    override emit(_event: 'packet', length: number): boolean {
      this.onPacket(length);
      return true;
    }
  }
  const handle = new EthernetHandle();
  neverCollected.add(handle);
  return handle;
}

/** @param make opens a handle with an expression, which is closed again. @returns its program in the kernel. */
function compiled(libc: Libc, make: () => Handle): BpfInstruction[] {
  const { handle, descriptor } = withSocket(libc, make);
  try {
    const program = attachedFilter(libc, descriptor);
    if (program.length === 0) throw new Error('the kernel refused the program of the direction');
    return program;
  } finally {
    handle.close();
  }
}

/** @returns the handle that `make` opened, and its packet socket, which npm cap does not tell. */
function withSocket(libc: Libc, make: () => Handle): { handle: Handle; descriptor: number } {
  const before = new Set(packetSockets(libc));
  const handle = make();
  const descriptor = packetSockets(libc).find((one) => !before.has(one));
  if (descriptor !== undefined) return { handle, descriptor };
  handle.close();
  throw new Error('the packet socket of npm cap was not found');
}

/** Those that this process has open. */
function packetSockets(libc: Libc): number[] {
  return openDescriptors().filter((descriptor) => isPacketSocket(libc, descriptor));
}

/** Some that are not open may be among them, where /proc does not tell. */
function openDescriptors(): number[] {
  try {
    return readdirSync(OWN_DESCRIPTORS).map(Number);
  } catch {
    return Array.from({ length: TRIED_DESCRIPTORS }, (_, descriptor) => descriptor);
  }
}

function isPacketSocket(libc: Libc, descriptor: number): boolean {
  const domain = new Int32Array(1);
  try {
    libc.getOption('SO_DOMAIN', descriptor, SOL_SOCKET, SO_DOMAIN, new Uint8Array(domain.buffer));
  } catch {
    // Not a socket; or closed, as the one that the folder itself was read by.
    return false;
  }
  return domain[0] === AF_PACKET;
}

function ignore(): void {}
