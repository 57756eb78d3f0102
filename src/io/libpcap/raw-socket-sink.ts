/**
 * Copies out through npm raw-socket: one socket of protocol 255 (raw(7): header included, never receives) per family
 * for every target. Each copy is one sendto(2), called inline: the package's own queue has no bound and sends one
 * packet per turn of the event loop, which is too slow under load. The socket's send buffer is the backlog.
 */

import type { Socket, SocketWrap } from 'raw-socket';
import type { Counters } from '../../counters/counters.js';
import { SESSION_CUT, SESSION_FRAGMENTED } from '../../counters/layout.js';
import { SKIP_INDEX, type SkipReason } from '../../counters/skip-reason.js';
import { buildOuterHeader } from '../../encapsulate/build-outer-header.js';
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { innerLengthWithin, longestInnerLength, type OuterHeader } from '../../encapsulate/outer-header.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import { SO_MARK, SO_PRIORITY, SO_SNDBUF, SOL_SOCKET } from '../../linux/constants.js';
import { importOptional } from '../../linux/errors.js';
import { SOCKET_MARK, SOCKET_PRIORITY } from '../../linux/sending-sockets.js';
import type { CopyOptions } from '../../plan/mirror-plan.js';
import type { RouteReport } from '../../targets/route.js';
import { isIpv6Text } from '../../wire/address.js';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.js';
import { EgressShare } from '../egress-share.js';
import type { Frame } from '../frame.js';
import type { TargetSink } from '../sink.js';

/** raw(7), ipv6(7): IPPROTO_RAW means that the header is included, and is send only. */
const IPPROTO_RAW = 255;
/** Enough for a burst of a few thousand small copies; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 4 << 20;

/** The package's numbers. */
const ADDRESS_FAMILY = { 4: 1, 6: 2 } as const;
const TOO_LONG = 'Message too long';

/** strerror(3) texts of the C locale, which is all that the package passes on. */
const REASON_OF_MESSAGE: Readonly<Record<string, SkipReason>> = {
  'Resource temporarily unavailable': 'backlog',
  'No buffer space available': 'buffers',
  'Cannot allocate memory': 'buffers',
  'Network is unreachable': 'no-route',
  'No route to host': 'no-route',
  'No such device': 'no-route',
  'Network is down': 'no-route',
  'Cannot assign requested address': 'no-route',
  'Connection refused': 'refused',
  'Operation not permitted': 'permission',
  'Permission denied': 'permission',
  [TOO_LONG]: 'oversize',
};

/** The sockets that all targets of an engine share, one per family, opened when it is first needed. */
export class RawSockets {
  readonly #create: (family: 4 | 6) => Socket;
  readonly #open = new Map<4 | 6, Socket>();

  private constructor(create: (family: 4 | 6) => Socket) {
    this.#create = create;
  }

  /** @throws MissingPackageError; Error with strerror text when socket(2) is refused. */
  static async open(): Promise<RawSockets> {
    const { default: rawSocket } = await importOptional('raw-socket', () => import('raw-socket'));
    const sockets = new RawSockets((family) =>
      rawSocket.createSocket({
        protocol: IPPROTO_RAW,
        addressFamily: ADDRESS_FAMILY[family],
        bufferSize: 1,
      }),
    );
    // Fails here, early, when this process may not open one.
    sockets.wrapOf(4);
    return sockets;
  }

  /** @throws Error with strerror text when socket(2) is refused, as for IPv6 where the kernel has none. */
  wrapOf(family: 4 | 6): SocketWrap {
    const socket = this.#open.get(family) ?? this.#create(family);
    if (this.#open.has(family)) return socket.wrap;
    this.#open.set(family, socket);
    socket.setOption(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    socket.setOption(SOL_SOCKET, SO_MARK, SOCKET_MARK);
    socket.setOption(SOL_SOCKET, SO_PRIORITY, SOCKET_PRIORITY);
    // A send-only socket never receives; errors come from sends.
    socket.pauseRecv();
    socket.on('error', ignore);
    return socket.wrap;
  }

  close(): void {
    for (const socket of this.#open.values()) socket.close();
  }
}

/** The encapsulation and addresses of a sink, and the options of its copies. */
export interface RawSocketSinkOptions extends CopyOptions {
  readonly encapsulation: Encapsulation;
  /** Outer source address of the target's family; undefined: the one that the route has. */
  readonly source: string | undefined;
  readonly target: string;
  /**
   * Longest frame that one packet can hold with the current MTU, for a packet that was too long; undefined: not known.
   */
  readonly maxInnerLengthNow: () => number | undefined;
}

/** The part of a route that the sink uses. */
export type Route = Pick<RouteReport, 'mtu' | 'sourceAddress'>;

/**
 * Sends the copies for one address. The frame must have headroom: the headers are written before it. A packet that
 * is to go in fragments is cut up where it lies: the headers of a fragment are written over the end of the payload
 * that was sent before it.
 *
 *     [ headers | payload 0             | payload 1             | payload 2 ]
 *                              [ headers |                                     over what has been sent
 */
export class RawSocketSink implements TargetSink {
  maximumInnerLength = 0;
  isDown = false;
  share = new EgressShare();
  readonly #wrap: SocketWrap;
  readonly #options: RawSocketSinkOptions;
  readonly #counters: Counters;
  #header: OuterHeader;
  /** Longest frame that goes in one packet. */
  #unfragmentedLength = 0;
  /** The length was read and did not explain the error, so it is not read again before the route changes. */
  #isLengthKnown = false;
  /** Fragments of the current packet that were sent: the payload of a packet that has some is no longer whole. */
  #fragmentsSent = 0;
  #sendError: SkipReason | undefined;

  constructor(wrap: SocketWrap, options: RawSocketSinkOptions, counters: Counters, route: Route | undefined) {
    this.#wrap = wrap;
    this.#options = options;
    this.#counters = counters;
    this.#header = this.#buildHeader(options.source);
    this.setRoute(route);
  }

  get isOpen(): boolean {
    return !this.isDown && this.share.hasRoom;
  }

  /**
   * Sets the route, between frames. Without one, packets are sent whole: the error of the send says why there is none.
   */
  setRoute(route: Route | undefined): void {
    const { encapsulation, source, target } = this.#options;
    this.#isLengthKnown = false;
    this.#setUnfragmentedLength(
      route === undefined
        ? longestInnerLength(encapsulation, target)
        : innerLengthWithin(encapsulation, target, route.mtu),
    );
    // Over IPv4 the kernel fills the source address in.
    if (route === undefined || source !== undefined || !isIpv6Text(target)) return;
    this.#header = this.#buildHeader(route.sourceAddress);
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    if (this.isDown) {
      this.#counters.skipped(base, SKIP_INDEX['target-down'], frame.wireLength);
      return;
    }
    const { share } = this;
    const linkBytes = ETHERNET_HEADER_LENGTH + this.#header.length + innerLength;
    if (share.isLimited && !share.take(linkBytes)) {
      this.#counters.skipped(base, SKIP_INDEX.priority, frame.wireLength);
      return;
    }
    const start = frame.linearize() - this.#header.length;
    const wasCut = innerLength === this.maximumInnerLength && innerLength < frame.capturedLength;
    share.begin();
    let error = this.#trySend(frame.bytes, start, innerLength, header, sourcePort);
    if (error === TOO_LONG && this.#fragmentsSent === 0 && this.#shrank()) {
      const length = Math.min(innerLength, this.maximumInnerLength);
      if (length < innerLength && !wasCut) this.#counters.values[base + SESSION_CUT] += 1;
      error = this.#trySend(frame.bytes, start, length, header, sourcePort);
    }
    if (error === undefined) {
      share.end(linkBytes, false);
      this.#counters.mirrored(base, frame.wireLength);
      if (innerLength > this.#unfragmentedLength && this.maximumInnerLength > this.#unfragmentedLength) {
        this.#counters.values[base + SESSION_FRAGMENTED] += 1;
      }
      return;
    }
    share.end(0, false);
    const reason = REASON_OF_MESSAGE[error] ?? 'error';
    this.#counters.skipped(base, SKIP_INDEX[reason], frame.wireLength);
    this.#sendError = reason;
  }

  takeSendError(): SkipReason | undefined {
    const reason = this.#sendError;
    this.#sendError = undefined;
    return reason;
  }

  flush(): void {
    this.share.refresh();
  }

  /** @returns the kernel's error as text, or undefined. */
  #trySend(
    bytes: Uint8Array,
    start: number,
    innerLength: number,
    header: TunnelHeader,
    sourcePort: number,
  ): string | undefined {
    this.#header.writeTo(bytes, start, innerLength, header, sourcePort);
    this.#fragmentsSent = 0;
    try {
      if (innerLength <= this.#unfragmentedLength)
        this.#sendOne(bytes, start, this.#header.length + innerLength);
      else this.#sendFragments(bytes, start, innerLength);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  #sendOne(bytes: Uint8Array, start: number, length: number): void {
    this.#wrap.send(bytes, start, length, this.#options.target, ignore);
  }

  #sendFragments(bytes: Uint8Array, start: number, innerLength: number): void {
    const header = this.#header;
    const identification = header.nextIdentification();
    const payload = start + header.ipLength;
    const total = header.length - header.ipLength + innerLength;
    const mtu = this.#unfragmentedLength + header.length;
    // Fragment offsets count units of 8 bytes.
    const step = (mtu - header.fragmentHeaderLength) & ~7;
    for (let done = 0; done < total; done += step) {
      const length = Math.min(step, total - done);
      const at = payload + done - header.fragmentHeaderLength;
      header.writeFragmentTo(bytes, at, length, done, done + length < total, identification);
      this.#sendOne(bytes, at, header.fragmentHeaderLength + length);
      this.#fragmentsSent += 1;
    }
  }

  /** Reads the MTU, which fell a moment ago. @returns true when the packet may be sent again, shorter. */
  #shrank(): boolean {
    const length = this.#isLengthKnown ? undefined : this.#options.maxInnerLengthNow();
    this.#isLengthKnown = length === undefined || length >= this.#unfragmentedLength;
    if (length === undefined || length >= this.#unfragmentedLength) return false;
    this.#setUnfragmentedLength(length);
    return true;
  }

  #setUnfragmentedLength(length: number): void {
    const { encapsulation, target, oversize } = this.#options;
    this.#unfragmentedLength = length;
    this.maximumInnerLength = oversize === 'fragment' ? longestInnerLength(encapsulation, target) : length;
  }

  #buildHeader(source: string | undefined): OuterHeader {
    const { encapsulation, target } = this.#options;
    return buildOuterHeader(encapsulation, source, target, this.#options);
  }
}

function ignore(): void {}
