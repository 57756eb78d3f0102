/** A lane on libpcap I/O: opened as soon as its device is there, and tried again until then. */
import { deviceProblem } from '../capture/device.js';
import type { FrameConsumer } from '../capture/frame-source.js';
import { LibpcapSource } from '../capture/libpcap.js';
import { libpcapFilter } from '../capture/libpcap-filter.js';
import { MissingPackageError } from '../linux/optional-package.js';
import type { LanePlan } from '../mirror/lane.js';
import { localAddresses } from '../transmit/route.js';
import type { LaneState } from './messages.js';

const RETRY_INTERVAL_MS = 250;

export interface LibpcapLaneOptions {
  /** What makes a lane another one: its handle cannot go on. */
  readonly key: string;
  readonly lane: LanePlan;
  readonly consumer: FrameConsumer;
  readonly targetAddresses: readonly string[];
  readonly bufferBytes: number;
  readonly onFrames: () => void;
  readonly onState: (state: LaneState, reason: string) => void;
}

export class LibpcapLane {
  readonly #options: LibpcapLaneOptions;
  #consumer: FrameConsumer;
  #source: LibpcapSource | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #reason = '';

  constructor(options: LibpcapLaneOptions) {
    this.#options = options;
    this.#consumer = options.consumer;
  }

  get key(): string {
    return this.#options.key;
  }

  /** Takes the frames from now on. */
  set consumer(consumer: FrameConsumer) {
    this.#consumer = consumer;
    if (this.#source !== undefined) this.#source.consumer = consumer;
  }

  async open(): Promise<void> {
    const { lane, onState } = this.#options;
    const problem = deviceProblem(lane.source.device) ?? (await this.#openDevice());
    if (this.#closed) return;
    if (problem === undefined) {
      onState('capturing', '');
      return;
    }
    if (problem !== this.#reason) onState('waiting', problem);
    this.#reason = problem;
    this.#retry = setTimeout(() => void this.open(), RETRY_INTERVAL_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#source?.close();
  }

  /** @returns libpcap's complaint, or undefined. */
  async #openDevice(): Promise<string | undefined> {
    const { lane, targetAddresses, bufferBytes, onFrames } = this.#options;
    try {
      this.#source = await LibpcapSource.open({
        device: lane.source.device,
        filter: libpcapFilter(lane.direction, targetAddresses, localAddresses()),
        bufferBytes,
        consumer: this.#consumer,
        onFrames,
      });
      if (this.#closed) this.#source.close();
      return undefined;
    } catch (error) {
      if (error instanceof MissingPackageError) throw error;
      return (error as Error).message;
    }
  }
}
