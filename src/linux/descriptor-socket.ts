/**
 * Passes open files between processes: unix(7), SCM_RIGHTS. A message is a text and some descriptors.
 *
 *     [ msghdr | iovec | cmsghdr, descriptors | text ]      native memory, reused for each message
 */
import { SOL_SOCKET } from './constants.js';
import type { Address, Libc } from './libc.js';

/** struct msghdr: address and count of vectors, address and length of control messages, flags. */
const HEADER_VECTOR = 16;
const HEADER_VECTORS = 24;
const HEADER_CONTROL = 32;
const HEADER_CONTROL_LENGTH = 40;
const HEADER_FLAGS = 48;
const HEADER_BYTES = 64;
/** struct iovec. */
const VECTOR_LENGTH = 8;
const VECTOR_BYTES = 16;
/** struct cmsghdr: length, level, type; descriptors follow. */
const CONTROL_LEVEL = 8;
const CONTROL_TYPE = 12;
const CONTROL_BYTES = 16;
const DESCRIPTOR_BYTES = 4;

const SCM_RIGHTS = 1;
/** recvmsg(2): the message or its descriptors did not fit. */
const MSG_TRUNC = 0x20;
const MSG_CTRUNC = 0x08;

/** Descriptors of a message; the kernel takes at most 253. */
export const MAXIMUM_DESCRIPTORS = 64;
/** Bytes of a message's text, in UTF-8. */
export const MAXIMUM_TEXT_BYTES = 64 << 10;

const VECTOR = HEADER_BYTES;
const CONTROL = VECTOR + VECTOR_BYTES;
const TEXT = CONTROL + CONTROL_BYTES + MAXIMUM_DESCRIPTORS * DESCRIPTOR_BYTES;

/** A received message. The receiver closes the descriptors. */
export interface DescriptorMessage {
  readonly text: string;
  readonly descriptors: readonly number[];
}

/** One end of a connection that passes descriptors. */
export class DescriptorSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #address: Address;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** @param descriptor a socket of `Libc.socketPair`, which `close` closes */
  constructor(libc: Libc, descriptor: number) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    const { address, memory } = libc.allocate(TEXT + MAXIMUM_TEXT_BYTES);
    this.#address = address;
    this.#bytes = new Uint8Array(memory);
    this.#view = new DataView(memory);
  }

  /**
   * Sends a message. Its descriptors stay open in this process.
   * @param text at most MAXIMUM_TEXT_BYTES. @param descriptors at most MAXIMUM_DESCRIPTORS
   * @returns false when the other end has not read earlier messages. @throws LinuxError: EPIPE
   */
  send(text: string, descriptors: readonly number[]): boolean {
    const { written } = new TextEncoder().encodeInto(text, this.#bytes.subarray(TEXT));
    const controlLength = CONTROL_BYTES + descriptors.length * DESCRIPTOR_BYTES;
    this.#prepare(written, descriptors.length === 0 ? 0 : controlLength);
    this.#view.setBigUint64(CONTROL, BigInt(controlLength), true);
    this.#view.setInt32(CONTROL + CONTROL_LEVEL, SOL_SOCKET, true);
    this.#view.setInt32(CONTROL + CONTROL_TYPE, SCM_RIGHTS, true);
    for (const [index, descriptor] of descriptors.entries()) {
      this.#view.setInt32(CONTROL + CONTROL_BYTES + index * DESCRIPTOR_BYTES, descriptor, true);
    }
    return this.#libc.sendMessage(this.#descriptor, this.#address);
  }

  /** @returns undefined when no message waits. @throws LinuxError; Error for a message beyond the maximum */
  receive(): DescriptorMessage | undefined {
    this.#prepare(MAXIMUM_TEXT_BYTES, TEXT - CONTROL);
    const length = this.#libc.receiveMessage(this.#descriptor, this.#address);
    if (length === 0) return undefined;
    const descriptors = this.#received();
    if ((this.#view.getInt32(HEADER_FLAGS, true) & (MSG_TRUNC | MSG_CTRUNC)) !== 0) {
      for (const descriptor of descriptors) this.#libc.close(descriptor);
      throw new Error('a message with descriptors was cut: too many files are open, or it is too long');
    }
    return { text: new TextDecoder().decode(this.#bytes.slice(TEXT, TEXT + length)), descriptors };
  }

  close(): void {
    this.#libc.close(this.#descriptor);
    this.#libc.free(this.#address);
  }

  #prepare(textLength: number, controlLength: number): void {
    const view = this.#view;
    this.#bytes.fill(0, 0, CONTROL);
    view.setBigUint64(HEADER_VECTOR, BigInt(this.#address + VECTOR), true);
    view.setBigUint64(HEADER_VECTORS, 1n, true);
    view.setBigUint64(HEADER_CONTROL, BigInt(this.#address + CONTROL), true);
    view.setBigUint64(HEADER_CONTROL_LENGTH, BigInt(controlLength), true);
    view.setBigUint64(VECTOR, BigInt(this.#address + TEXT), true);
    view.setBigUint64(VECTOR + VECTOR_LENGTH, BigInt(textLength), true);
  }

  #received(): number[] {
    const view = this.#view;
    if (view.getBigUint64(HEADER_CONTROL_LENGTH, true) < CONTROL_BYTES) return [];
    if (view.getInt32(CONTROL + CONTROL_TYPE, true) !== SCM_RIGHTS) return [];
    const count = (Number(view.getBigUint64(CONTROL, true)) - CONTROL_BYTES) / DESCRIPTOR_BYTES;
    return Array.from({ length: count }, (_, index) =>
      view.getInt32(CONTROL + CONTROL_BYTES + index * DESCRIPTOR_BYTES, true),
    );
  }
}
