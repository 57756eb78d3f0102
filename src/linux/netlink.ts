/** Netlink messages (netlink(7)): a header, a fixed part, and attributes. All are little-endian except addresses. */
import { AF_NETLINK, SOCK_RAW } from './constants.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';

const NETLINK_ROUTE = 0;
/** struct nlmsghdr: length, type, flags, sequence, port. */
const HEADER_BYTES = 16;
const NLM_F_REQUEST = 1;
/** Older kernels answer some questions only with it, such as those about queues. */
export const NLM_F_ECHO = 8;
/** NLM_F_ROOT and NLM_F_MATCH. */
const NLM_F_DUMP = 0x300;
/** The listed objects changed during the dump. */
const NLM_F_DUMP_INTR = 0x10;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** struct rtattr: length, type. */
const ATTRIBUTE_HEADER_BYTES = 4;
const RECEIVE_BYTES = 1 << 16;

/** A message without its header. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** The objects of a kind, and the events that came while they were listed, in order. */
export interface Listing {
  readonly messages: readonly NetlinkMessage[];
  /** False when some may be missing. */
  readonly isWhole: boolean;
}

/** How often receiving may fail while objects are listed: each time that events are lost. */
const MOST_REFUSALS = 10;

const NO_MESSAGES: readonly NetlinkMessage[] = [];

/** A route netlink socket (rtnetlink(7)). */
export class NetlinkSocket {
  readonly descriptor: number;
  readonly #libc: Libc;
  readonly #buffer = new Uint8Array(RECEIVE_BYTES);
  #sequence = 0;

  /** @param groups bit mask of the multicast groups to join; 0 for requests only. @throws LinuxError */
  constructor(libc: Libc, groups: number) {
    this.#libc = libc;
    this.descriptor = libc.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    libc.bind(this.descriptor, netlinkAddress(groups));
  }

  /**
   * Requests one object. The kernel answers within the send.
   * @throws LinuxError with the kernel's answer: ENETUNREACH, ENOENT
   */
  ask(op: string, type: number, body: Uint8Array, flags = 0): NetlinkMessage {
    this.#sequence += 1;
    this.#libc.send(this.descriptor, frame(type, flags, this.#sequence, body));
    for (;;) {
      const messages = this.receive();
      if (messages.length === 0) throw new LinuxError(op, NO_ANSWER);
      const answer = messages.find(({ sequence }) => sequence === this.#sequence);
      if (answer === undefined) continue;
      if (answer.type !== NLMSG_ERROR) return answer;
      throw errorOf(op, answer);
    }
  }

  /**
   * Requests all objects of a kind. Events of the groups that arrive meanwhile are passed on too, in order.
   * @returns false when objects changed meanwhile, so that some may be missing
   * @throws LinuxError with the kernel's answer; ENOBUFS for more messages than the socket can hold
   */
  dump(op: string, type: number, body: Uint8Array, onMessage: (message: NetlinkMessage) => void): boolean {
    this.#sequence += 1;
    this.#libc.send(this.descriptor, frame(type, NLM_F_DUMP, this.#sequence, body));
    let whole = true;
    for (let done = false; !done; ) {
      const messages = this.receive();
      if (messages.length === 0) throw new LinuxError(op, NO_ANSWER);
      for (const message of messages) {
        const isAnswer = message.sequence === this.#sequence;
        if (isAnswer && message.type === NLMSG_ERROR) throw errorOf(op, message);
        if (isAnswer && (message.flags & NLM_F_DUMP_INTR) !== 0) whole = false;
        if (isAnswer && message.type === NLMSG_DONE) done = true;
        else onMessage(message);
      }
    }
    return whole;
  }

  /**
   * As `ask`, off the main thread: the kernel may answer only when others let it.
   * @throws LinuxError with the kernel's answer (rejects)
   */
  async askAside(op: string, type: number, body: Uint8Array): Promise<NetlinkMessage> {
    this.#sequence += 1;
    const isAsked = await this.#libc.sendAside(this.descriptor, frame(type, 0, this.#sequence, body));
    for (;;) {
      const messages = isAsked ? this.receive() : NO_MESSAGES;
      if (messages.length === 0) throw new LinuxError(op, NO_ANSWER);
      const answer = messages.find(({ sequence }) => sequence === this.#sequence);
      if (answer === undefined) continue;
      if (answer.type !== NLMSG_ERROR) return answer;
      throw errorOf(op, answer);
    }
  }

  /**
   * As `dump`, off the main thread: to list may take as long as others keep the kernel from it. Until it is done, nothing
   * else may be received. Never rejects.
   */
  async dumpAside(type: number, body: Uint8Array): Promise<Listing> {
    this.#sequence += 1;
    const messages: NetlinkMessage[] = [];
    const isAsked = await this.#libc.sendAside(
      this.descriptor,
      frame(type, NLM_F_DUMP, this.#sequence, body),
    );
    const buffer = new Uint8Array(RECEIVE_BYTES);
    let refusals = isAsked ? 0 : MOST_REFUSALS;
    let isInterrupted = false;
    let isAnswered = false;
    while (refusals < MOST_REFUSALS) {
      const length = await this.#libc.receiveAside(this.descriptor, buffer);
      // The rest of the answer is there all the same.
      if (length <= 0) refusals += 1;
      for (const message of length <= 0 ? NO_MESSAGES : splitMessages(buffer.slice(0, length))) {
        const isAnswer = message.sequence === this.#sequence;
        isAnswered ||= isAnswer;
        // Older than the answer: what came after it may be lost.
        if (!isAnswered) continue;
        if (isAnswer && message.type === NLMSG_ERROR) return { messages, isWhole: false };
        if (isAnswer && (message.flags & NLM_F_DUMP_INTR) !== 0) isInterrupted = true;
        if (!isAnswer || message.type !== NLMSG_DONE) messages.push(message);
        else return { messages, isWhole: refusals === 0 && !isInterrupted };
      }
    }
    return { messages, isWhole: false };
  }

  /** The waiting messages, of one datagram at most. */
  receive(): readonly NetlinkMessage[] {
    const length = this.#libc.receive(this.descriptor, this.#buffer);
    if (length === 0) return NO_MESSAGES;
    return splitMessages(this.#buffer.slice(0, length));
  }

  close(): void {
    this.#libc.close(this.descriptor);
  }
}

/** The error in an NLMSG_ERROR, which begins with the negated errno. */
function errorOf(op: string, { body }: NetlinkMessage): LinuxError {
  return new LinuxError(op, -new DataView(body.buffer, body.byteOffset).getInt32(0, true));
}

/** EIO: the kernel always answers. */
const NO_ANSWER = 5;

/** Encodes an attribute, padded. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ATTRIBUTE_HEADER_BYTES + align(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ATTRIBUTE_HEADER_BYTES + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

/** Decodes attributes: values by type. @param offset where the first one begins */
export function attributes(body: Uint8Array, offset: number): Map<number, Uint8Array> {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const found = new Map<number, Uint8Array>();
  let at = offset;
  while (at + ATTRIBUTE_HEADER_BYTES <= body.length) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_BYTES) break;
    found.set(view.getUint16(at + 2, true), body.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += align(length);
  }
  return found;
}

function splitMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = new DataView(bytes.buffer);
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: bytes.subarray(at + HEADER_BYTES, at + length),
    });
    at += align(length);
  }
  return messages;
}

function frame(type: number, flags: number, sequence: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** struct sockaddr_nl. */
function netlinkAddress(groups: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(8, groups, true);
  return bytes;
}

function align(length: number): number {
  return (length + 3) & ~3;
}
