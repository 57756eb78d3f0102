/**
 * Captures frames through npm cap (libpcap), with one handle per source and direction: the package does not tell the
 * direction of a frame, but libpcap's filter can ask for one.
 *
 *     kernel ring --cap copies--> [ headroom | frame ] --consume--> ...      one buffer, reused
 *
 * While its ring has frames, cap calls back for each without returning to the event loop: at steady load for ever.
 * Nothing in the package stops it without losing frames. So the engine's other work is done here, by `onFrames`, every
 * few dozen frames.
 */
import { importOptional } from '../../linux/errors.js';
import { Frame, type FrameConsumer, HEADROOM_BYTES } from '../frame.js';

/** cap's snapshot length. */
const SNAPSHOT_BYTES = 65535;
/** How many frames pass between two calls of `onFrames`: a few hundred microseconds' worth. */
const FRAMES_PER_CALL = 64;

/**
 * Handles whose `open` failed half-way: their destructor would stop a poll that was never started, and take the
 * process down with the next garbage collection.
 */
const neverCollected = new Set<object>();

export interface LibpcapOptions {
  readonly device: string;
  /** libpcap filter expression: direction, and what must not come in. */
  readonly filter: string;
  /** Kernel buffer. */
  readonly bufferBytes: number;
  /** Takes the frames; may be replaced between frames. */
  readonly consumer: FrameConsumer;
  /** Called every few dozen frames, inside cap's loop. */
  readonly onFrames: () => void;
  /** Runs what opens the handle where the device lives. */
  readonly inNamespace: <T>(act: () => T) => T;
}

/** An open capture of one device in one direction. */
export class LibpcapSource {
  consumer: FrameConsumer;
  readonly #close: () => void;

  private constructor(consumer: FrameConsumer, close: () => void) {
    this.consumer = consumer;
    this.#close = close;
  }

  /**
   * @throws MissingPackageError when npm cap is not installed; Error when the device is not Ethernet, or with libpcap's
   * text when it is missing or down, or the process may not capture.
   */
  static async open(options: LibpcapOptions): Promise<LibpcapSource> {
    const { default: cap } = await importOptional('cap', () => import('cap'));
    const memory = new Uint8Array(HEADROOM_BYTES + SNAPSHOT_BYTES);
    const frame = new Frame(memory);
    frame.offset = HEADROOM_BYTES;
    let source: LibpcapSource | undefined;
    let frames = 0;

    // A method instead of a listener: the event emitter would allocate for every frame.
    class Handle extends cap.Cap {
      override emit(_event: 'packet', length: number): boolean {
        if (source === undefined) return true;
        frame.capturedLength = length;
        frame.wireLength = length;
        source.consumer.consume(frame);
        source.consumer.endBatch();
        frames += 1;
        if (frames % FRAMES_PER_CALL === 0) options.onFrames();
        return true;
      }
    }

    const handle = new Handle();
    neverCollected.add(handle);
    const linkType = options.inNamespace(() =>
      handle.open(options.device, options.filter, options.bufferBytes, memory.subarray(HEADROOM_BYTES)),
    );
    if (linkType !== 'ETHERNET') {
      handle.close();
      throw new Error(`device ${options.device}: link type ${linkType}, not Ethernet`);
    }
    neverCollected.delete(handle);
    source = new LibpcapSource(options.consumer, () => handle.close());
    return source;
  }

  /** Safe inside `consume` and `onFrames`: cap then leaves its loop. */
  close(): void {
    this.#close();
  }
}
