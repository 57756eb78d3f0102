/**
 * Copies out through npm raw-socket: one IPv4 socket of protocol 255 (raw(7): header included, never receives)
 * for every target. Each copy is one sendto(2), called inline: the package's own queue has no bound, sends one
 * packet per turn of the event loop and so collapses under load. The socket's send buffer is the backlog.
 */
import type { Socket, SocketWrap } from 'raw-socket';
import type { Frame } from '../capture/frame-source.js';
import type { Counters } from '../counters/counters.js';
import { SKIP_INDEX, type SkipReason } from '../counters/skip-reason.js';
import type { OuterHeader } from '../encapsulate/outer-header.js';
import { importOptional } from '../linux/optional-package.js';
import { SOCKET_MARK } from '../linux/raw-socket.js';
import type { TargetSink } from './packet-sink.js';

/** raw(7): IPPROTO_RAW implies IP_HDRINCL and is send only. */
const IPPROTO_RAW = 255;
/** socket(7). */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_MARK = 36;
/** Enough for a burst of a few thousand small copies; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 4 << 20;

/** strerror(3) texts of the C locale, which is all that the package passes on. */
const REASON_OF_MESSAGE: Readonly<Record<string, SkipReason>> = {
  'Resource temporarily unavailable': 'backlog',
  'No buffer space available': 'buffers',
  'Cannot allocate memory': 'buffers',
  'Network is unreachable': 'no-route',
  'No route to host': 'no-route',
  'Network is down': 'no-route',
  'Cannot assign requested address': 'no-route',
  'Connection refused': 'refused',
  'Operation not permitted': 'permission',
  'Permission denied': 'permission',
  'Message too long': 'oversize',
};

/** The socket that all targets of an engine share. */
export class RawSocket {
  readonly wrap: SocketWrap;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.wrap = socket.wrap;
  }

  /** @throws MissingPackageError; Error with strerror text when socket(2) is refused. */
  static async open(): Promise<RawSocket> {
    const { default: rawSocket } = await importOptional('raw-socket', () => import('raw-socket'));
    const socket = rawSocket.createSocket({ protocol: IPPROTO_RAW, bufferSize: 1 });
    socket.setOption(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    socket.setOption(SOL_SOCKET, SO_MARK, SOCKET_MARK);
    // The package waits for what a send-only socket never gets; the errors it could report come from sends.
    socket.pauseRecv();
    socket.on('error', ignore);
    return new RawSocket(socket);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Sends the copies for one IPv4 address. The frame must have headroom: the headers are written before it. */
export class RawSocketSink implements TargetSink {
  maximumInnerLength: number;
  isDown = false;
  readonly #wrap: SocketWrap;
  readonly #address: string;
  readonly #counters: Counters;
  #trouble: SkipReason | undefined;

  /** @param maximumInnerLength see PacketSink; the owner updates it when the MTU changes. */
  constructor(socket: RawSocket, address: string, counters: Counters, maximumInnerLength: number) {
    this.#wrap = socket.wrap;
    this.#address = address;
    this.#counters = counters;
    this.maximumInnerLength = maximumInnerLength;
  }

  send(frame: Frame, innerLength: number, header: OuterHeader, sourcePort: number, base: number): void {
    if (this.isDown) {
      this.#counters.skipped(base, SKIP_INDEX['target-down'], frame.wireLength);
      return;
    }
    const start = frame.join() - header.length;
    header.writeTo(frame.bytes, start, innerLength, sourcePort);
    try {
      this.#wrap.send(frame.bytes, start, header.length + innerLength, this.#address, ignore);
      this.#counters.mirrored(base, frame.wireLength);
    } catch (error) {
      const reason = REASON_OF_MESSAGE[(error as Error).message] ?? 'error';
      this.#counters.skipped(base, SKIP_INDEX[reason], frame.wireLength);
      this.#trouble = reason;
    }
  }

  takeTrouble(): SkipReason | undefined {
    const trouble = this.#trouble;
    this.#trouble = undefined;
    return trouble;
  }

  flush(): void {}
}

function ignore(): void {}
