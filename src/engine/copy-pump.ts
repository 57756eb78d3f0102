/**
 * Hands copies for those who peek over to the daemon, out of shared memory. Runs in the control thread, and only while
 * somebody peeks. What the daemon does not read stays there until there is no room for more.
 */
import { Socket } from 'node:net';
import { CopyRing } from '../peek/copy-ring.js';

/** The engine's end of a third connection, given by the daemon when it starts the engine. */
const COPIES_DESCRIPTOR = 5;
/** How late a copy may be told. */
const INTERVAL_MS = 10;
const PIECE_BYTES = 256 << 10;
/** Bytes that wait in this process for the daemon to read them. */
const MOST_UNREAD_BYTES = 1 << 20;

export class CopyPump {
  #ring: CopyRing | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Reads from this memory from now on. @param memory of a CopyRing; undefined: from none. */
  attach(memory: SharedArrayBuffer | undefined): void {
    this.#ring = memory && CopyRing.attach(memory);
    clearInterval(this.#timer);
    this.#timer = memory && setInterval(() => this.pump(), INTERVAL_MS);
    if (memory !== undefined) this.#socket ??= openSocket();
  }

  /** Hands over what is there, if the daemon takes it. */
  pump(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    while (socket.writable && socket.writableLength < MOST_UNREAD_BYTES) {
      const piece = this.#ring?.take(PIECE_BYTES);
      if (piece === undefined) return;
      socket.write(piece);
    }
  }
}

/** The daemon may close its end: then nobody can peek, and everything else goes on. */
function openSocket(): Socket | undefined {
  try {
    const socket = new Socket({ fd: COPIES_DESCRIPTOR, readable: false });
    return socket.on('error', () => {});
  } catch {
    return undefined;
  }
}
